import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import { Registry } from 'prom-client'
import type { FabricSource } from '../explain/source.js'
import type { Resources } from '../intent/resources.js'
import type { StatusSource } from '../hosts/status.js'
import type { Store } from '../store/store.js'
import { acceptJson } from './body.js'
import type { ApiContext } from './context.js'
import { registerEvents } from './events.js'
import { registerExplain } from './explain.js'
import { HANDLERS } from './handlers.js'
import { measureRequests } from './metrics.js'
import { openApiDocument } from './openapi.js'
import { registerPlan } from './plan.js'
import { registerCounters } from './policy.js'
import { ApiError, type Problem, problem, PROBLEM_TYPE, toProblem } from './problem.js'
import { Representer } from './represent.js'
import { RESOURCE_ROUTES } from './routes.js'
import { refuseConnection } from './socket-errors.js'
import { registerSystem } from './system.js'
import { registerTraffic } from './traffic.js'

export interface ApiConfig {
  /** Shown in the OpenAPI document and by `heddle status`. */
  readonly version: string
  /** Longest request body in bytes. */
  readonly bodyLimit: number
  /** Requests a minute and client; 0: no limit. */
  readonly rateLimit: number
}

export interface ApiOptions {
  readonly resources: Resources
  readonly status: StatusSource
  readonly store: Store
  readonly fabric: () => FabricSource
  readonly config: ApiConfig
  readonly logger: FastifyBaseLogger
  readonly metrics?: Registry
}

/**
 * The REST API, ready to listen. It only translates: every rule is in `resources`. Bodies, names and queries are
 * checked by the model and by `params.ts`, so fastify's own validation is not used.
 */
export async function createApi(options: ApiOptions): Promise<FastifyInstance> {
  const { resources, status, store, fabric, config, logger, metrics } = options
  const closing = new AbortController()
  const registry = metrics ?? new Registry()
  const representer = new Representer(store, status)
  const context: ApiContext = { resources, status, store, representer, fabric, closing: closing.signal }
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: config.bodyLimit,
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: true },
    frameworkErrors: (error, request, reply) => {
      answerProblem(error, request, reply)
    },
    clientErrorHandler: refuseConnection,
  })
  acceptJson(app)
  app.addHook('preClose', (done) => {
    closing.abort()
    done()
  })
  app.addHook('onClose', (_app, done) => {
    representer.close()
    done()
  })
  app.setErrorHandler(answerProblem)
  measureRequests(app, registry)
  await registerGuards(app, config)
  await registerDocs(app, config)
  const methods = collectMethods(app)
  registerResources(app, context)
  registerPlan(app, context)
  registerCounters(app, context)
  registerEvents(app, context)
  registerTraffic(app, context)
  registerExplain(app, context)
  registerSystem(app, context, { version: config.version, metrics: registry })
  refuseOtherMethods(app, methods)
  await app.ready()
  return app
}

function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const answer = toProblem(error)
  if (answer.code === 'INTERNAL') request.log.error({ err: error, url: request.url }, 'request failed')
  sendProblem(reply, answer)
}

function sendProblem(reply: FastifyReply, answer: Problem): void {
  void reply.code(answer.status).header('content-type', PROBLEM_TYPE).send(JSON.stringify(answer))
}

/** Nothing from elsewhere; the icons of the docs page are data. */
const CSP_DIRECTIVES = {
  'default-src': ["'self'"],
  'base-uri': ["'self'"],
  'frame-ancestors': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'object-src': ["'none'"],
}

/** The same as a header: the docs page's plugin replaces the one of the rest. */
const CONTENT_SECURITY_POLICY = Object.entries(CSP_DIRECTIVES)
  .map(([name, sources]) => [name, ...sources].join(' '))
  .join('; ')

async function registerGuards(app: FastifyInstance, config: ApiConfig): Promise<void> {
  // Plain HTTP is a legitimate way to reach this API: nothing may send browsers to HTTPS.
  await app.register(helmet, {
    strictTransportSecurity: false,
    contentSecurityPolicy: { useDefaults: false, directives: CSP_DIRECTIVES },
  })
  if (config.rateLimit > 0) {
    await app.register(rateLimit, {
      max: config.rateLimit,
      timeWindow: 60_000,
      errorResponseBuilder: (_request, { after }) =>
        new ApiError('TOO_MANY_REQUESTS', `At most ${config.rateLimit} requests a minute: try again in ${after}`),
    })
  }
  const notFound = (request: FastifyRequest, reply: FastifyReply): void => {
    sendProblem(reply, problem('NOT_FOUND', `There is nothing at ${request.method} ${request.url.slice(0, 256)}`))
  }
  // Requests for nothing count, too.
  if (config.rateLimit > 0) app.setNotFoundHandler({ preHandler: app.rateLimit() }, notFound)
  else app.setNotFoundHandler(notFound)
}

async function registerDocs(app: FastifyInstance, { version }: ApiConfig): Promise<void> {
  const document = openApiDocument(version) as unknown as Record<string, unknown>
  await app.register(swagger, { mode: 'static', specification: { document: document as never } })
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: CONTENT_SECURITY_POLICY })
}

function registerResources(app: FastifyInstance, context: ApiContext): void {
  for (const route of RESOURCE_ROUTES) {
    const handler = HANDLERS[route.operation]
    app.route({
      method: route.method,
      url: route.url,
      handler: async (request, reply) => handler(context, { route, request, reply }),
    })
  }
}

/** The methods of each URL that is registered from now on. */
function collectMethods(app: FastifyInstance): Map<string, Set<string>> {
  const methods = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ method, url }) => {
    const own = methods.get(url) ?? new Set()
    for (const name of [method].flat()) own.add(name)
    methods.set(url, own)
  })
  return methods
}

/** A known URL with a method that it does not have is a 405 that names those that it has. */
function refuseOtherMethods(app: FastifyInstance, methods: ReadonlyMap<string, ReadonlySet<string>>): void {
  for (const [url, own] of [...methods].map(([url, own]) => [url, new Set(own)] as const)) {
    const allow = [...own].sort().join(', ')
    app.route({
      method: app.supportedMethods.filter((method) => !own.has(method)),
      url,
      onRequest: async (request, reply) => {
        void reply.header('allow', allow)
        throw new ApiError('METHOD_NOT_ALLOWED', `${request.method} is not possible here, but ${allow}`)
      },
      handler: () => undefined,
    })
  }
}
