package io.sluice.proxy;

import io.netty.buffer.ByteBuf;
import io.sluice.balance.Backend;
import io.sluice.balance.OutcomeObserver;
import io.sluice.balance.Pool;
import io.sluice.config.Address;
import io.sluice.http.BodyFraming;
import io.sluice.http.Field;
import io.sluice.http.HeadEdits;
import io.sluice.http.HeadWriter;
import io.sluice.http.HttpViolation;
import io.sluice.http.RequestHead;
import io.sluice.upstream.UpstreamConnection;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request on its way: from its head to the end of its answer, step by step as the architecture
 * describes. Bound to its connection's event loop and used again for other requests, so nothing
 * holds on to it once {@link #finish} was called.
 */
final class Exchange {
  private static final Logger LOG = LoggerFactory.getLogger("io.sluice.proxy");

  private final LoopContext loop;
  private final RequestHead head = new RequestHead();
  private final ExchangeRecord record = new ExchangeRecord(head);
  private final BodyFraming body = new BodyFraming();
  private final HeadEdits requestEdits = new HeadEdits();
  private final HeadEdits answerEdits = new HeadEdits();
  private final FilterContext context = new FilterContext(this);
  private final BackendHandler answer = new BackendHandler(this);
  private final Tries tries;

  private @Nullable FrontendHandler frontend;
  private @Nullable RoutingTable table;
  private @Nullable Pool pool;
  private @Nullable Tunnel tunnel;
  private boolean refused;
  private boolean entered;
  private long bodyStartedAt;

  /** What the route's rate limit has said; see {@link RateLimiter#take}. */
  private long rate;

  Exchange(LoopContext loop) {
    this.loop = loop;
    this.tries = new Tries(this, loop, record);
  }

  /** A new request has begun to arrive. */
  void start(FrontendHandler client, long now) {
    frontend = client;
    head.reset();
    record.start(now, client.identity(), client.output().isStream());
    requestEdits.reset();
    answerEdits.reset();
    context.reset();
    answer.reset();
    tries.reset();
    table = null;
    pool = null;
    refused = false;
  }

  LoopContext loop() {
    return loop;
  }

  RequestHead head() {
    return head;
  }

  ExchangeRecord record() {
    return record;
  }

  BodyFraming body() {
    return body;
  }

  HeadEdits requestEdits() {
    return requestEdits;
  }

  HeadEdits answerEdits() {
    return answerEdits;
  }

  FilterContext context() {
    return context;
  }

  BackendHandler answer() {
    return answer;
  }

  FrontendHandler frontend() {
    if (frontend == null) {
      throw new IllegalStateException("the exchange has ended");
    }
    return frontend;
  }

  UpstreamConnection upstream() {
    UpstreamConnection upstream = tries.upstream();
    if (upstream == null) {
      throw new IllegalStateException("no backend connection");
    }
    return upstream;
  }

  Tries tries() {
    return tries;
  }

  ExchangeClock clock() {
    return tries.clock();
  }

  /** Whether a request is being served. */
  boolean isUnderWay() {
    return frontend != null;
  }

  /** The address of the backend as a Host. */
  String backendHost() {
    Backend backend = tries.backend();
    if (backend != null && backend.spec().address() instanceof Address.Tcp) {
      return backend.address();
    }
    return "localhost";
  }

  // ---------------------------------------------------------------- from the head to a backend

  /** The head is complete: routes it and sends it on its way. */
  void begin(RoutingTable published) {
    table = published;
    ClientIdentity client = frontend().identity();
    assignRequestId(client);
    record.clientAddress = client.client(head);
    RequestWriter.dropFields(head, client);
    if (head.isChunked()) {
      body.startChunked();
    } else {
      body.startLength(head.length());
    }
    entered = frontend().listener().enter();
    if (!entered) {
      fail(ProxyError.LISTENER_FULL, null);
      return;
    }
    int https = frontend().listener().redirectTo;
    if (https != 0) {
      LocalAnswer.toHttps(this, https);
      return;
    }
    Route route = published.match(head, loop.scratch());
    if (route == null) {
      fail(ProxyError.NO_ROUTE, null);
      return;
    }
    record.route = route;
    RateLimiter limiter = route.limiter();
    if (limiter != null) {
      rate = limiter.take(head, record.clientAddress, System.nanoTime());
      if (rate < 0) {
        fail(ProxyError.RATE_LIMITED, null);
        return;
      }
    }
    pool = route.pool();
    if (!filter(route, "before choosing", RequestFilter::beforeChoosing)) {
      return;
    }
    FilterContext.Answer own = context.takeAnswer();
    if (own != null) {
      LocalAnswer.send(this, own);
    } else if (pool != null) {
      record.poolId = pool.id();
      tries.start(pool);
    } else {
      LocalAnswer.send(this, route.spec().action());
    }
  }

  private void assignRequestId(ClientIdentity client) {
    int given = client.isTrusted() ? head.find(Field.X_REQUEST_ID, 0) : -1;
    int length = given < 0 ? 0 : head.valueEnd(given) - head.valueStart(given);
    if (length > 0 && length <= record.requestId.length) {
      System.arraycopy(head.bytes(), head.valueStart(given), record.requestId, 0, length);
      record.requestIdLength = length;
    } else {
      loop.requestIds().next(record.requestId);
      record.requestIdLength = RequestIds.LENGTH;
    }
  }

  private interface Phase {
    void run(RequestFilter filter, RequestContext context);
  }

  /** Runs a phase of the route's filters; false when one failed and the request has ended. */
  private boolean filter(Route route, String phase, Phase step) {
    RequestFilter[] filters = route.filters();
    for (RequestFilter filter : filters) {
      try {
        step.run(filter, context);
      } catch (RuntimeException e) {
        loop.failures().extension(phase, e);
        fail(ProxyError.EXTENSION, null);
        return false;
      }
    }
    return true;
  }

  /** Runs the filters over the answer's head; false when one failed and the request has ended. */
  boolean filterAnswer() {
    Route route = record.route;
    if (route != null && !filter(route, "on an answer's head", RequestFilter::onAnswerHead)) {
      return false;
    }
    Backend answering = tries.backend();
    if (pool != null && answering != null) {
      StickyCookie.bind(pool, answering, context, answerEdits);
    }
    return true;
  }

  void usePool(String id) {
    Pool other = table == null ? null : table.pool(id);
    if (other == null) {
      throw new IllegalArgumentException("there is no pool " + id);
    }
    pool = other;
  }

  /** Adds what the route's rate limit tells the client, if there is one. */
  void writeRateLimit(HeadWriter out) {
    RateLimiter limiter = record.route == null ? null : record.route.limiter();
    if (limiter != null) {
      limiter.write(out, rate);
    }
  }

  /** Sends the request on a connection to the chosen backend. */
  void send(UpstreamConnection connection) {
    connection.use(answer);
    if (LOG.isDebugEnabled()) {
      LOG.debug("upstream peer is: {}", tries.backend());
    }
    requestEdits.reset();
    Route route = record.route;
    if (route != null && !filter(route, "before sending", RequestFilter::beforeSending)) {
      return;
    }
    FrontendHandler client = frontend();
    connection.write(RequestWriter.write(this, client.identity(), client.via(), client.alloc()));
    tries.replay().send(connection);
    long now = System.nanoTime();
    record.sentAt = 0;
    if (body.isDone()) {
      requestSent(now);
    } else {
      bodyStartedAt = now;
    }
    client.output().flushSoon(connection);
  }

  // ---------------------------------------------------------------- the request's body

  /** Whether body bytes can be passed on at once. */
  boolean takesBody() {
    return tries.upstream() != null;
  }

  boolean isRequestDone() {
    return body.isDone();
  }

  /** Passes on what the buffer holds of the body. */
  void forwardBody(ByteBuf in) {
    UpstreamConnection to = upstream();
    int pass = body.follow(in);
    if (body.violation() != null) {
      fail(ProxyError.BODY_MALFORMED, body.violation().reason());
      return;
    }
    int consumed = body.consumed();
    if (pass > 0) {
      ByteBuf piece = in.readRetainedSlice(pass);
      tries.replay().keep(piece);
      to.write(piece);
    }
    in.skipBytes(consumed - pass);
    long now = System.nanoTime();
    if (body.isDone()) {
      endBody(to, now);
    } else if (!answer.hasStarted()
        && frontend().isDripping(body.dataBytes(), now - bodyStartedAt)) {
      fail(ProxyError.BODY_TIMEOUT, null);
      return;
    }
    if (!to.isWritable()) {
      frontend().pause();
      if (!answer.hasStarted()) {
        clock().backendStalls(now);
      }
    }
    frontend().output().flushSoon(to);
  }

  private void endBody(UpstreamConnection to, long now) {
    if (body.hasTrailers()) {
      ByteBuf trailers = frontend().alloc().directBuffer(body.trailerLength());
      body.takeTrailers(trailers);
      tries.replay().keep(trailers);
      to.write(trailers);
    }
    if (!answer.hasStarted()) {
      requestSent(now);
    }
  }

  private void requestSent(long now) {
    record.sentAt = now;
    clock().requestSent(now);
  }

  /** The backend takes bytes again. */
  void upstreamWritable() {
    if (!answer.hasStarted()) {
      clock().backendTakes();
    }
    frontend().resume();
  }

  /** The client takes bytes again: so the backend is read again. */
  void clientWritable() {
    UpstreamConnection from = tries.upstream();
    if (from != null) {
      from.read(true);
      clock().answerProgressed(System.nanoTime());
    }
  }

  // ---------------------------------------------------------------- ends

  /** The request is refused before it was understood. */
  void reject(@Nullable HttpViolation violation) {
    HttpViolation why = violation == null ? HttpViolation.REQUEST_LINE : violation;
    refuse(why.status(), why.reason());
  }

  /** The client's head did not come in time. */
  void headTimedOut() {
    refuse(ProxyError.HEAD_TIMEOUT.status(), ProxyError.HEAD_TIMEOUT.text());
  }

  private void refuse(int status, String reason) {
    loop.requestIds().next(record.requestId);
    record.requestIdLength = RequestIds.LENGTH;
    body.startNone();
    refused = true;
    record.errorReason = reason;
    LocalAnswer.send(this, status, reason);
  }

  /** Ends the request with an error: an answer where one can still be given, else a cut. */
  void fail(ProxyError error, @Nullable String detail) {
    if (error.source() == ProxyError.Source.UPSTREAM) {
      tries.outcome(OutcomeObserver.FAILED);
    }
    tries.endTry();
    record.errorReason = error.text();
    if (error.source() == ProxyError.Source.UPSTREAM) {
      loop.failures().upstream(record, error, detail);
    }
    if (record.status != 0 || error.status() == 0) {
      frontend().cut(answer.endsWithConnection());
      finish(false);
    } else {
      LocalAnswer.send(this, error.status(), error.text());
    }
  }

  /** Whether its try or its tunnel is with one of these backends. */
  boolean isWith(Set<Backend> backends) {
    Backend with = tries.backend();
    return with != null && backends.contains(with);
  }

  /**
   * Its backend is to carry nothing any more. A tunnel ends. A request is tried elsewhere where the
   * rules allow that, else it ends as with any other failure: 503 while nothing of the answer has
   * gone out, a cut connection afterwards.
   */
  void leaveBackend() {
    Tunnel open = tunnel;
    if (open != null) {
      open.cutOff();
    } else {
      tries.failed(ProxyError.BACKEND_CLOSED, null);
    }
  }

  /** The client has left. */
  void clientGone() {
    tries.endTry();
    record.errorReason = ProxyError.CLIENT_GONE.text();
    finish(false);
  }

  /** The answer has passed wholly. */
  void answered(boolean reusable, boolean keepAlive) {
    UpstreamConnection from = tries.takeUpstream(record.status);
    from.release(reusable && body.isDone() && !from.hasUnsentBytes());
    finish(keepAlive && body.isDone());
  }

  /** The connection is a tunnel from here on, and only its own deadline counts. */
  Tunnel becomeTunnel() {
    clock().stop();
    tries.outcome(record.status);
    Tunnel opened = new Tunnel(this, frontend(), upstream());
    tunnel = opened;
    return opened;
  }

  /** A tunnel has ended; both connections are its business. */
  void tunnelEnded(long bytesIn, long bytesOut) {
    tunnel = null;
    tries.takeUpstream(record.status);
    record.bytesIn += bytesIn;
    record.bytesOut += bytesOut;
    finish(false);
  }

  /** Reports the end once and gives everything back. */
  void finish(boolean keepAlive) {
    FrontendHandler client = frontend();
    // first of all, so that a client that has its answer finds the place free for its next request
    tries.end();
    if (entered) {
      entered = false;
      client.listener().leave();
    }
    client.output().flush();
    tries.announceRoom();
    record.endedAt = System.nanoTime();
    record.bytesIn += body.dataBytes();
    Route route = record.route;
    if (route != null) {
      endFilters(route);
    }
    loop.observer().requestEnded(record);
    frontend = null;
    // what the client may still send would turn a plain close into a reset that eats the answer
    boolean linger = refused || !body.isDone() || head.isKeepAlive();
    client.exchangeEnded(keepAlive, linger);
    loop.release(this);
  }

  private void endFilters(Route route) {
    for (RequestFilter filter : route.filters()) {
      try {
        filter.atEnd(context);
      } catch (RuntimeException e) {
        loop.failures().extension("at a request's end", e);
      }
    }
  }
}
