import type { RowSymbol, SymbolTable } from 'ovsdb-client'
import { CtlError } from '../errors.js'
import type { Log } from '../../../cli/log.js'

/** The name that `--id=@NAME` gives to a row. */
export function createdSymbol(symbols: SymbolTable, id: string): RowSymbol {
  if (!id.startsWith('@')) throw new CtlError(`row id "${id}" does not begin with "@"`)
  const symbol = symbols.get(id)
  if (symbol.created) throw new CtlError(`row id "${id}" may only be specified on one --id option`)
  symbol.created = true
  return symbol
}

/** Throws CtlError for names of rows that there are none of; warns of rows that would vanish at once. */
export function checkSymbols(symbols: SymbolTable, log: Log): void {
  for (const { name, created, strong, weak } of symbols.all()) {
    if (!created) {
      throw new CtlError(`row id "${name}" is referenced but never created (e.g. with "-- --id=${name} create ...")`)
    }
    if (strong) continue
    const reference = weak ? 'only a weak reference to it was inserted' : 'no reference to it was inserted'
    const but = `but ${reference}, so it will not actually appear in the database`
    log.warn('vsctl', `row id "${name}" was created ${but}`)
  }
}
