/** Names of ports and tables, where they are known. */
export interface TextContext {
  portName?(port: number): string | undefined
  portNumber?(name: string): number | undefined
  tableName?(table: number): string | undefined
  tableNumber?(name: string): number | undefined
}
