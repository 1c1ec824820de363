import Foundation

/// The bytes that the process holds from the heap, as glibc's `malloc_info` reports them; 0 elsewhere.
enum HeapUse {
  static var bytes: Int {
    #if canImport(Glibc)
      typealias MallocInfo = @convention(c) (Int32, UnsafeMutablePointer<FILE>) -> Int32
      guard let symbol = dlsym(nil, "malloc_info") else { return 0 }
      let report = unsafeBitCast(symbol, to: MallocInfo.self)
      var text: UnsafeMutablePointer<CChar>?
      var length = 0
      guard let file = open_memstream(&text, &length) else { return 0 }
      _ = report(0, file)
      fclose(file)
      defer { free(text) }
      // The totals of all arenas stand at the end: free blocks, mapped blocks, memory from the system.
      let totals = String(cString: text!).components(separatedBy: "</heap>").last!
      func size(_ tag: String) -> Int {
        guard let place = totals.range(of: tag) else { return 0 }
        let rest = totals[place.upperBound...]
        guard let size = rest.range(of: "size=\"") else { return 0 }
        return Int(rest[size.upperBound...].prefix { $0.isNumber })!
      }
      return size("<system type=\"current\"") + size("<total type=\"mmap\"") - size("<total type=\"fast\"")
        - size("<total type=\"rest\"")
    #else
      return 0
    #endif
  }
}
