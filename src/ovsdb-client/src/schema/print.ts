import { datumToJson } from '../data/notation.js'
import { sortedDatum } from '../data/datum.js'
import type { Json, JsonObject } from '../json/value.js'
import { plainType } from './read-type.js'
import type { BaseType, ColumnSchema, ColumnType, DatabaseSchema, TableSchema } from './types.js'

/** The members that are not undefined. */
function members(all: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as JsonObject
}

/** RFC 7047 `<base-type>`. */
export function baseTypeToJson(base: BaseType): Json {
  const suffix = base.type === 'real' ? 'Real' : 'Integer'
  const constraints = members({
    enum: base.enum && datumToJson(sortedDatum(base.enum, undefined), enumType(base)),
    [`min${suffix}`]: base.min,
    [`max${suffix}`]: base.max,
    minLength: base.minLength === 0 ? undefined : base.minLength,
    maxLength: base.maxLength,
    refTable: base.refTable,
    refType: base.refType === 'weak' ? 'weak' : undefined,
  })
  return Object.keys(constraints).length === 0 ? base.type : { type: base.type, ...constraints }
}

const enumType = (base: BaseType): ColumnType => ({ key: plainType(base.type), value: undefined, min: 1, max: Infinity })

/** RFC 7047 `<type>`. */
export function typeToJson({ key, value, min, max }: ColumnType): Json {
  const keyJson = baseTypeToJson(key)
  if (min === 1 && max === 1 && value === undefined && typeof keyJson === 'string') return keyJson
  return members({
    key: keyJson,
    value: value && baseTypeToJson(value),
    min: min === 1 ? undefined : min,
    max: max === 1 ? undefined : max === Infinity ? 'unlimited' : max,
  })
}

/** RFC 7047 `<column-schema>`. */
export function columnToJson({ type, mutable, ephemeral }: ColumnSchema): JsonObject {
  return members({
    type: typeToJson(type),
    mutable: mutable ? undefined : false,
    ephemeral: ephemeral ? true : undefined,
  })
}

/** RFC 7047 `<table-schema>`; `isRoot` is written when it is not `usualRoot`. */
export function tableToJson(table: TableSchema, usualRoot: boolean): JsonObject {
  return members({
    columns: Object.fromEntries(Array.from(table.columns, ([name, column]) => [name, columnToJson(column)])),
    mutable: table.mutable ? undefined : false,
    isRoot: table.isRoot === usualRoot ? undefined : table.isRoot,
    maxRows: table.maxRows === Infinity ? undefined : table.maxRows,
    indexes: table.indexes.length === 0 ? undefined : table.indexes,
  })
}

/** RFC 7047 `<database-schema>`, as ovsdb-server writes it. */
export function schemaToJson({ name, version, cksum, tables }: DatabaseSchema): JsonObject {
  const allRoot = Array.from(tables.values()).every((table) => table.isRoot)
  return members({
    name,
    version: version === '' ? undefined : version,
    cksum,
    tables: Object.fromEntries(Array.from(tables, ([table, schema]) => [table, tableToJson(schema, allRoot)])),
  })
}
