@_exported import LatentData
@_exported import LatentDistributions
@_exported import LatentEvidence
@_exported import LatentFiles
@_exported import LatentModels
@_exported import LatentNetworks
@_exported import LatentNumerics
@_exported import LatentReport
