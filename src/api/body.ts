import type { FastifyInstance } from 'fastify'
import { ApiError } from './problem.js'

/** Request bodies: JSON alone, and an error that says where it ends to be JSON. */
export function acceptJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text: string, done) => {
    // A DELETE or GET of a client that always names a content type has no body, and needs none.
    if (text === '' && request.method !== 'POST' && request.method !== 'PUT') {
      done(null, undefined)
      return
    }
    void parse(request, text, (error, body) => {
      done(error === null ? null : new ApiError('MALFORMED', whyNotJson(text)), body)
    })
  })
}

function whyNotJson(text: string): string {
  if (text === '') return 'The body is empty'
  try {
    JSON.parse(text)
  } catch (error) {
    return `The body is not JSON: ${error instanceof Error ? error.message : String(error)}`
  }
  return 'The body has a key that is not allowed anywhere: __proto__ or constructor'
}
