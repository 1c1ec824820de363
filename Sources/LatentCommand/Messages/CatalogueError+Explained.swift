import Latent

extension CatalogueError: Explained {
  var explanation: String {
    switch self {
    case .unknown(let name, let available):
      "there is no data set \(Wording.quoted(name)).\nAvailable: \(Wording.list(available))."
    case .notFetched(let name, let collection, let searched):
      "\(name) is not on this machine (searched: \(Wording.list(searched))).\n"
        + "`latent data fetch \(collection)` downloads it; or put its files into $LATENT_DATA/\(collection)."
    case .incomplete(let name, let folder, let missing):
      "\(name) is incomplete: \(folder) lacks \(missing).\n`latent data fetch` downloads what is missing."
    case .unexpectedShape(let name, let path, let rows, let columns):
      "\(path) is not the file of \(name): it has \(NumberText.count(rows, "row")) and "
        + "\(NumberText.count(columns, "column"))."
    case .unreadable(_, let error): error.explanation
    }
  }
}
