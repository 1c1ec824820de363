import Foundation

/// The memory of this machine.
enum Memory {
  /// In bytes.
  static var physical: UInt64 { ProcessInfo.processInfo.physicalMemory }
}
