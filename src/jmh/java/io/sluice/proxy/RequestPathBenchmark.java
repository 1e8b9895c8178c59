package io.sluice.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.sluice.balance.Backend;
import io.sluice.balance.Pool;
import io.sluice.balance.RoundRobin;
import io.sluice.config.Address;
import io.sluice.config.BackendSpec;
import io.sluice.config.PoolSpec;
import io.sluice.config.RouteSpec;
import io.sluice.config.TlsSpec;
import io.sluice.http.Ascii;
import io.sluice.http.HeadLimits;
import io.sluice.http.MessageHead;
import io.sluice.http.RequestHead;
import io.sluice.upstream.UpstreamClient;
import io.sluice.upstream.Upstreams;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What Sluice itself does between a request's last head byte and the buffer that goes to a backend,
 * without sockets: parse, route, pick, rewrite. Its time has to stay flat from 1 to 10,000 routes
 * and from 1 to 10,000 backends; run it with {@code -prof gc} for the bytes allocated.
 *
 * <p>The requests are those of a browser, for hosts and paths that are spread over all routes, so
 * that a big table does not live in the processor's cache.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
// Netty caches buffers and their objects for its own threads: the benchmark must run on one.
@Fork(
    value = 1,
    jvmArgsAppend = {
      "-Dio.netty.leakDetection.level=disabled", // as bin/sluice has it
      "-Djmh.executor=CUSTOM",
      "-Djmh.executor.class=io.sluice.proxy.RequestPathBenchmark$LoopThreads"
    })
@NullUnmarked
public class RequestPathBenchmark {
  private static final int REQUESTS = 1024;
  private static final int SERVICES_OF_A_HOST = 10;
  private static final HeadLimits LIMITS = new HeadLimits(8 * 1024, 32 * 1024, 100);

  /** One: the default route. */
  @Param({"1", "100", "10000"})
  int routes;

  @Param({"1", "10000"})
  int backends;

  /** Makes threads of the kind that event loops are; JMH finds it by name. */
  public static final class LoopThreads extends ThreadPoolExecutor {
    /** Called by JMH. */
    public LoopThreads(int threads, String name) {
      super(
          threads,
          threads,
          0,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          new DefaultThreadFactory(name));
    }
  }

  private final PooledByteBufAllocator alloc = PooledByteBufAllocator.DEFAULT;
  private final ClientIdentity client =
      new ClientIdentity(
          new InetSocketAddress("192.0.2.7", 40_000),
          new UpstreamClient(new EmbeddedChannel(), null),
          List.of());
  private DefaultEventLoop eventLoop;
  private Upstreams upstreams;
  private LoopContext loop;
  private Exchange exchange;
  private RoutingTable table;
  private Pool pool;
  private ByteBuf[] requests;
  private RequestHead[] heads;
  private int next;

  /** Builds the tables and the requests. */
  @Setup(Level.Trial)
  public void setUp() {
    eventLoop = new DefaultEventLoop();
    upstreams = new Upstreams();
    loop = new LoopContext(eventLoop, upstreams, ProxyObserver.NONE.forLoop(0, Runnable::run));
    exchange = new Exchange(loop);
    pool = pool();
    table = new RoutingTable(routeSpecs(), Map.of("default", pool), spec -> List.of());
    SplittableRandom random = new SplittableRandom(42);
    requests = new ByteBuf[REQUESTS];
    heads = new RequestHead[REQUESTS];
    for (int i = 0; i < REQUESTS; i++) {
      requests[i] = Unpooled.directBuffer().writeBytes(request(random.nextInt(routes)));
      heads[i] = parse(new RequestHead(), requests[i]);
      RequestWriter.dropFields(heads[i], client);
    }
  }

  /** Ends what was started. */
  @TearDown(Level.Trial)
  public void tearDown() throws InterruptedException {
    eventLoop.submit(loop::close).await();
    eventLoop.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
    for (ByteBuf request : requests) {
      request.release();
    }
  }

  private Pool pool() {
    List<Backend> living = new ArrayList<>();
    List<BackendSpec> specs = new ArrayList<>();
    for (int i = 0; i < backends; i++) {
      BackendSpec spec =
          BackendSpec.of(new Address.Tcp("10.0." + (i >> 8) + "." + (i & 255), 8080));
      specs.add(spec);
      living.add(new Backend("default", spec, TlsSpec.OFF));
    }
    PoolSpec spec = PoolSpec.of("default", specs);
    return new Pool(spec, living, new RoundRobin(), Runnable::run);
  }

  private List<RouteSpec> routeSpecs() {
    List<RouteSpec> specs = new ArrayList<>();
    specs.add(route("default", RouteSpec.Match.ALL));
    for (int i = 1; i < routes; i++) {
      specs.add(
          route("r" + i, new RouteSpec.Match(host(i), service(i) + "/**", Set.of(), Map.of())));
    }
    return specs;
  }

  private static RouteSpec route(String id, RouteSpec.Match match) {
    return RouteSpec.of(id, match, new RouteSpec.Action.ToPool("default"))
        .withRequestHeaders(new RouteSpec.HeaderRules(Map.of("X-Bench", "1"), Map.of(), List.of()));
  }

  private static String host(int route) {
    return "tenant-" + route / SERVICES_OF_A_HOST + ".shop.example";
  }

  private static String service(int route) {
    return "/api/service-" + route % SERVICES_OF_A_HOST;
  }

  private static byte[] request(int route) {
    return Ascii.bytes(
        "GET "
            + service(route)
            + "/items/4711?page=2&sort=price HTTP/1.1\r\nHost: "
            + host(route)
            + "\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101"
            + " Firefox/140.0\r\nAccept: text/html,application/xhtml+xml,application/xml;q=0.9,"
            + "*/*;q=0.8\r\nAccept-Language: en-GB,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\n"
            + "Connection: keep-alive\r\nCookie: session=5f2d8c1e9a7b4036\r\n"
            + "Cache-Control: max-age=0\r\n\r\n");
  }

  private static RequestHead parse(RequestHead head, ByteBuf request) {
    head.reset();
    request.readerIndex(0);
    if (head.feed(request, LIMITS) != MessageHead.Progress.COMPLETE) {
      throw new IllegalStateException("the benchmark's request is refused: " + head.violation());
    }
    return head;
  }

  private int step() {
    next = next + 1 & REQUESTS - 1;
    return next;
  }

  /** From bytes to bytes: everything below, as the proxy does it. */
  @Benchmark
  public int wholePath() {
    RequestHead head = parse(exchange.head(), requests[step()]);
    exchange.requestEdits().reset();
    exchange.context().reset();
    loop.requestIds().next(exchange.record().requestId);
    exchange.record().requestIdLength = RequestIds.LENGTH;
    RequestWriter.dropFields(head, client);
    Route route = table.match(head, loop.scratch());
    Backend backend = route.pool().pick(exchange.context());
    for (RequestFilter filter : route.filters()) {
      filter.beforeSending(exchange.context());
    }
    ByteBuf out = RequestWriter.write(exchange, client, null, alloc);
    int written = out.readableBytes() + backend.weight();
    out.release();
    return written;
  }

  /** Bytes to a checked table of offsets. */
  @Benchmark
  public Object parse() {
    return parse(exchange.head(), requests[step()]);
  }

  /** A parsed head to its route. */
  @Benchmark
  public Object match() {
    return table.match(heads[step()], loop.scratch());
  }

  /** A pool to a backend. */
  @Benchmark
  public Object pick() {
    return pool.pick(exchange.context());
  }
}
