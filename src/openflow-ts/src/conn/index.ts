export { type BundleOptions } from './bundle.js'
export { Connection } from './connection.js'
export type { ConnectionEvents, Counters } from './events.js'
export {
  BundleError,
  type BundleFailure,
  ConnectionClosedError,
  EchoTimeoutError,
  HandshakeError,
  PeerError,
  QueueFullError,
  ReplyTooLongError,
  TargetError,
} from './errors.js'
export { Framer } from './framer.js'
export { type Agreed, shakeHands } from './handshake.js'
export { Listener, type ListenerEvents } from './listener.js'
export { type ConnectionOptions, type Settings, settingsOf, type TlsOptions, type TlsProtocol } from './options.js'
export { type ConnectTarget, type ListenTarget, parseListenTarget, parseTarget } from './target.js'
export { connectStream } from './transport.js'
