import { defaultRemote } from './command.js'

/** What --help prints. */
export const helpText = (program: string): string => `${program}: commands to an OVSDB server
usage: ${program} [OPTIONS] COMMAND [ARG...]

Commands:
  list-dbs [SERVER]                               names of the databases
  get-schema [SERVER] [DATABASE]                  the schema in JSON
  get-schema-version [SERVER] [DATABASE]          its version
  get-schema-cksum [SERVER] [DATABASE]            its checksum
  list-tables [SERVER] [DATABASE]                 names of the tables
  list-columns [SERVER] [DATABASE] [TABLE]        names and types of the columns
  transact [SERVER] TRANSACTION                   run a transaction (parameters of "transact"), print its results
  query [SERVER] TRANSACTION                      the same, changing nothing
  dump [SERVER] [DATABASE] [TABLE [COLUMN...]]    print what the database holds
  monitor [SERVER] [DATABASE] TABLE [COLUMN,...]...
                                                  print a table, then every change; COLUMNs may include !initial,
                                                  !insert, !delete and !modify: changes that are not wanted
  monitor [SERVER] [DATABASE] ALL                 the same of all tables
  monitor-cond [SERVER] [DATABASE] CONDITION TABLE [COLUMN,...]
                                                  of the rows that meet CONDITION
  monitor-cond-since [SERVER] [DATABASE] [LASTID] CONDITION TABLE [COLUMN,...]...
                                                  and of what came after transaction LASTID
  convert [SERVER] SCHEMA                         give the database that the file SCHEMA names that schema
  needs-conversion [SERVER] SCHEMA                whether its schema is another
  wait [SERVER] DATABASE STATE                    until DATABASE is added, connected or removed
  backup [SERVER] [DATABASE] > SNAPSHOT           write the database as a file
  restore [SERVER] [DATABASE] < SNAPSHOT          replace what the database holds by that of such a file
  lock, steal, unlock [SERVER] LOCK               ask for a lock, take it, give it back; print what becomes of it
  help                                            this text

SERVER is tcp:HOST[:PORT], ssl:HOST[:PORT] or unix:FILE, or to wait for it ptcp:[PORT][:IP], pssl:[PORT][:IP] or
punix:FILE, or several of a cluster with commas between; by default ${defaultRemote()}.
DATABASE is by default Open_vSwitch, or the only one there.

Options:
  -f, --format=FORMAT         table, list, html, csv or json
  -d, --data=FORMAT           cells as string, bare or json
  --no-headings               tables without headings
  --pretty                    JSON in several lines
  --bare                      --format=list --data=bare --no-headings
  --max-column-width=BYTES    in tables, longer cells are cut off
  --timestamp                 (monitor) print when updates came
  --force                     (restore) into a database of another schema
  --no-leader-only            of a cluster, any server that is connected to it
  -p, --private-key=FILE, -c, --certificate=FILE, -C, --ca-cert=FILE, --bootstrap-ca-cert=FILE  for ssl and pssl
  --ssl-protocols=VERSIONS, --ssl-ciphers=CIPHERS  TLSv1, TLSv1.1, TLSv1.2; as OpenSSL lists them
  --user=USER[:GROUP]         go on as somebody else than root
  --detach, --no-chdir, --pidfile[=FILE], --overwrite-pidfile  (monitor, lock, transact) in the background
  -t, --timeout=SECS          give up after SECS seconds
  -v, --verbose[=SPEC]        levels of logging
  -h, --help                  this text
  -V, --version               version of the program
`
