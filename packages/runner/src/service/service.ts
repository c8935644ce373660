/**
 * The runner's API: one route for each method of the port `Runners`, each checked by its schema. Reached over loopback
 * with a token, and over the link through `inject`.
 */
import { CodedError, type ErrorCode } from '@codeconnected/core/error/visible.ts';
import { LINK_BYTES } from '@codeconnected/core/sandbox/link.ts';
import type { Health } from '@codeconnected/core/session/site.ts';
import swagger from '@fastify/swagger';
import Fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import type { Terminals } from '../terminal/terminals.ts';
import { bears } from './bearer.ts';
import * as schemas from './schemas.ts';

/** Bytes of a request's body: whatever the link takes. */
const BODY_BYTES = LINK_BYTES;

export interface ServiceOptions {
  readonly terminals: Terminals;
  health(): Health;
  /** Sandboxes that belong to rooms now. */
  claimed(): number;
  /** Asked of whoever comes over the network. */
  readonly token: string;
  log?(message: string, error: unknown): void;
}

/** Errors that come of the request or of what is there, by their HTTP status; every other is the service's own. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  'frame-malformed': 400,
  'not-allowed': 401,
  'nothing-to-run': 400,
  'file-too-large': 413,
  'frame-too-large': 413,
  'input-too-fast': 429,
  'run-too-fast': 429,
  'language-unknown': 404,
  'language-not-ready': 503,
  'runner-absent': 404,
  'runner-full': 503,
  'runner-failed': 502,
};

function said(error: FastifyError | CodedError): { code: ErrorCode; status: number; detail: string } {
  if (error instanceof CodedError) {
    return { code: error.code, status: STATUS[error.code] ?? 500, detail: error.message };
  }
  if (error.statusCode === 413) return { code: 'frame-too-large', status: 413, detail: error.message };
  if (error.validation || (error.statusCode ?? 500) < 500) {
    return { code: 'frame-malformed', status: error.statusCode ?? 400, detail: error.message };
  }
  return { code: 'internal', status: 500, detail: 'the service failed' };
}

/** Builds the service; `listen` or `inject` are the caller's. Requests by `inject` with the token pass as well. */
export async function createService(options: ServiceOptions): Promise<FastifyInstance> {
  const { terminals } = options;
  const fastify = Fastify({ bodyLimit: BODY_BYTES, routerOptions: { maxParamLength: 600 } });
  const service = fastify.withTypeProvider<ZodTypeProvider>();
  service.setValidatorCompiler(validatorCompiler);
  service.setSerializerCompiler(serializerCompiler);
  service.setErrorHandler<FastifyError | CodedError>(async (error, _request, reply) => {
    const { code, status, detail } = said(error);
    if (code === 'internal') options.log?.('a request failed', error);
    return await reply.status(status).send({ code, detail });
  });
  service.setNotFoundHandler((_request, reply) =>
    reply.status(404).send({ code: 'frame-malformed', detail: 'there is no such route' }),
  );
  service.addHook('onRequest', async (request) => {
    if (!bears(request.headers.authorization, options.token)) throw new CodedError('not-allowed', 'no valid token');
  });
  await service.register(swagger, {
    openapi: {
      info: { title: 'Codeconnected runner', version: '1' },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: jsonSchemaTransform,
  });

  const errors = { '4xx': schemas.errorAnswer, '5xx': schemas.errorAnswer };
  const done = { done: true } as const;
  const params = schemas.roomParameters;
  const answering = { 200: schemas.doneAnswer, ...errors };

  await service.register(async (plain) => {
    const routes = plain.withTypeProvider<ZodTypeProvider>();
    routes.get('/openapi.json', { schema: { hide: true } }, () => fastify.swagger());
    routes.get('/health', { schema: { response: { 200: schemas.healthAnswer, ...errors } } }, () => {
      const { ready, reasons, warm } = options.health();
      return { ready, reasons: [...reasons], warm, sandboxes: options.claimed() };
    });
    routes.get('/languages', { schema: { response: { 200: schemas.languagesAnswer, ...errors } } }, async () => [
      ...(await terminals.languages()),
    ]);
    routes.post(
      '/terminals/:room/viewers',
      { schema: { params, body: schemas.watchBody, response: { 200: schemas.watchAnswer, ...errors } } },
      async ({ params: { room }, body: { viewer, language, epoch } }) => ({
        watching: await terminals.watchWith(room, viewer, language, epoch),
      }),
    );
    routes.delete(
      '/terminals/:room/viewers/:viewer',
      { schema: { params: schemas.viewerParameters, response: answering } },
      async ({ params: { room, viewer } }) => {
        await terminals.unwatch(room, viewer);
        return done;
      },
    );
    routes.post(
      '/terminals/:room/run',
      { schema: { params, body: schemas.runBody, response: { 200: schemas.runAnswer, ...errors } } },
      async ({ params: { room }, body }) => ({ result: await terminals.run(room, body) }),
    );
    routes.post(
      '/terminals/:room/input',
      { schema: { params, body: schemas.inputBody, response: { 200: schemas.inputAnswer, ...errors } } },
      async ({ params: { room }, body: { by, ...input } }) => ({ taken: await terminals.input(room, by, input) }),
    );
    routes.post(
      '/terminals/:room/reset',
      { schema: { params, body: schemas.resetBody, response: answering } },
      async ({ params: { room }, body: { language, epoch, note } }) => {
        await terminals.reset(room, language, epoch, note);
        return done;
      },
    );
    routes.post(
      '/terminals/:room/size',
      { schema: { params, body: schemas.sizeBody, response: answering } },
      async ({ params: { room }, body }) => {
        await terminals.resize(room, body);
        return done;
      },
    );
    for (const deed of ['stop', 'interrupt', 'clear'] as const) {
      routes.post(
        `/terminals/:room/${deed}`,
        { schema: { params, response: answering } },
        async ({ params: { room } }) => {
          await terminals[deed](room);
          return done;
        },
      );
    }
    routes.delete('/terminals/:room', { schema: { params, response: answering } }, async ({ params: { room } }) => {
      await terminals.close(room);
      return done;
    });
  });
  await service.ready();
  return fastify;
}
