package io.sluice.proxy;

import com.sun.management.UnixOperatingSystemMXBean;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.sluice.config.ListenerSpec;
import io.sluice.listen.ListeningSocket;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.netty.NettyPipeline;
import reactor.netty.tcp.TcpServer;

/**
 * A bound listener: accepts connections and gives each to one event loop for life. Carried by
 * Reactor Netty's {@link TcpServer}, whose reactive bridge is taken out of each connection: our
 * handler takes every event itself. At the limit of connections it stops accepting, so that clients
 * wait in the kernel's queue instead of being cut.
 */
public final class ProxyListener {
  private static final Logger LOG = LoggerFactory.getLogger("io.sluice.proxy");
  private static final Duration BIND_TIMEOUT = Duration.ofSeconds(10);
  private static final int BACKLOG = 4096;

  /** Bytes that may wait for a client before its backend is read no more, and those to go on. */
  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(64 * 1024, 128 * 1024);

  private final ProxyLoops loops;
  private final ListeningSocket socket;
  private final ListenerContext context;
  private final int limit;

  /** Open connections of this listener; written by all loops. */
  private final AtomicInteger open = new AtomicInteger();

  /** Written by whoever ends it. */
  private volatile boolean released;

  private ProxyListener(ProxyLoops loops, ListenerSpec spec, ListeningSocket socket) {
    this.loops = loops;
    this.socket = socket;
    this.context = new ListenerContext(loops, spec);
    int wanted = spec.limits().connections();
    this.limit = wanted == 0 ? defaultLimit() : wanted;
  }

  /** Each client may need one backend connection beside its own: together 80 % of what is there. */
  private static int defaultLimit() {
    long descriptors = 1 << 20;
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
      descriptors = Math.max(system.getMaxFileDescriptorCount(), 64);
    }
    return (int) Math.min(Integer.MAX_VALUE, descriptors * 4 / 10);
  }

  static ProxyListener open(
      ProxyLoops loops, ListenerSpec spec, @Nullable Integer descriptor, boolean held)
      throws IOException {
    ListeningSocket socket =
        descriptor == null
            ? ListeningSocket.own(spec, BACKLOG, held)
            : ListeningSocket.adopt(descriptor, spec.address(), held);
    ProxyListener listener = new ProxyListener(loops, spec, socket);
    try {
      listener.start();
    } catch (IOException e) {
      listener.close();
      throw e;
    }
    return listener;
  }

  private void start() throws IOException {
    TcpServer tcp =
        TcpServer.create()
            .runOn(socket.under(new EpollLoops(loops.group()), this::accepted), true)
            .bindAddress(socket::at)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            // the same allocator as towards backends: copies between its buffers make no objects
            .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
            .doOnChannelInit((observer, child, remote) -> begin(child));
    if (socket.at() instanceof InetSocketAddress) {
      tcp = tcp.childOption(ChannelOption.TCP_NODELAY, true);
    }
    try {
      tcp.bindNow(BIND_TIMEOUT);
    } catch (RuntimeException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException(cause.getMessage() == null ? e.getMessage() : cause.getMessage(), e);
    }
  }

  /** On the listening socket's loop, so that not one too many is accepted. */
  private void accepted(Channel child) {
    loops.connectionOpened();
    if (open.incrementAndGet() >= limit) {
      heedLimit();
    }
    child.closeFuture().addListener(closed -> ended());
  }

  private void ended() {
    loops.connectionClosed();
    if (open.getAndDecrement() == limit) {
      heedLimit();
    }
  }

  /** Looks again afterwards, because another loop may have said the opposite meanwhile. */
  private void heedLimit() {
    boolean full;
    do {
      full = open.get() >= limit;
      socket.full(full);
    } while (full != open.get() >= limit);
  }

  /** On the connection's own loop. */
  private void begin(Channel child) {
    child.pipeline().remove(NettyPipeline.ReactiveBridge);
    LoopContext loop = loops.context(child.eventLoop());
    ProxyHeaderHandler.begin(child, loop, context);
    ClientProtocols.begin(child, loop, context);
    child.config().setAutoRead(true); // Reactor Netty reads on demand only
  }

  /** The bound address; a port 0 is replaced by the real one. */
  public SocketAddress address() {
    return socket.address();
  }

  /** Begins to accept, when it was opened held; clients that wait in the queue come first. */
  public void accept() {
    socket.accept();
  }

  /** Accepts no more until {@link #accept}; clients wait in the queue. */
  public void hold() {
    socket.hold();
  }

  /**
   * The number of its listening socket, for passing it on; it stays this listener's.
   *
   * @throws IllegalStateException when it is closed
   */
  public int descriptor() {
    return socket.descriptor();
  }

  /**
   * Stops accepting and closes this process's descriptor only; connections stay. Whoever else holds
   * the socket goes on with it, with its queue and with a Unix socket's file.
   */
  public void release() {
    released = true;
    socket.release();
  }

  /**
   * Stops accepting; connections stay. A Unix socket's file is removed when nobody listens on it
   * any more. After a release, or a second time, nothing happens.
   */
  public void close() {
    if (released) {
      return;
    }
    release();
    try {
      socket.removeFile();
    } catch (IOException e) {
      LOG.warn("the socket's file {} stays behind: {}", socket.at(), e.getMessage());
    }
  }
}
