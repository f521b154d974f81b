
export declare namespace Ledger {
  /** Opens the ledger of a folder, or makes one. `await using` closes it at the end. */
  function open(path: string, options?: LedgerOptions): Promise<Ledger>
}
export interface Ledger extends AsyncDisposable {}
