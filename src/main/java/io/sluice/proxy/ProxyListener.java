package io.sluice.proxy;

import com.sun.management.UnixOperatingSystemMXBean;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.unix.DomainSocketAddress;
import io.sluice.config.Address;
import io.sluice.config.ListenerSpec;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.netty.DisposableServer;
import reactor.netty.NettyPipeline;
import reactor.netty.tcp.TcpServer;

/**
 * A bound listener: accepts connections and gives each to one event loop for life. Carried by
 * Reactor Netty's {@link TcpServer}, whose reactive bridge is taken out of each connection: our
 * handler takes every event itself. At the limit of connections it stops accepting, so that clients
 * wait in the kernel's queue instead of being cut.
 */
public final class ProxyListener {
  private static final Duration BIND_TIMEOUT = Duration.ofSeconds(10);
  private static final int BACKLOG = 4096;

  /** Bytes that may wait for a client before its backend is read no more, and those to go on. */
  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(64 * 1024, 128 * 1024);

  private final ProxyLoops loops;
  private final ListenerSpec spec;
  private final ListenerContext context;
  private final int limit;

  /** Open connections of this listener; written by all loops. */
  private final AtomicInteger open = new AtomicInteger();

  private @Nullable DisposableServer server;

  /** The listening channel; written once when it is bound. */
  private volatile @Nullable Channel channel;

  private ProxyListener(ProxyLoops loops, ListenerSpec spec) {
    this.loops = loops;
    this.spec = spec;
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

  static ProxyListener bind(ProxyLoops loops, ListenerSpec spec) throws IOException {
    ProxyListener listener = new ProxyListener(loops, spec);
    listener.bind();
    return listener;
  }

  private void bind() throws IOException {
    SocketAddress address = socketAddress(spec.address());
    TcpServer tcp =
        TcpServer.create()
            .runOn(new EpollLoops(loops.group()), true)
            .bindAddress(() -> address)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            // the same allocator as towards backends: copies between its buffers make no objects
            .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
            .doOnChannelInit((observer, child, remote) -> accept(child));
    if (address instanceof InetSocketAddress) {
      tcp = tcp.childOption(ChannelOption.TCP_NODELAY, true);
    }
    try {
      DisposableServer bound = tcp.bindNow(BIND_TIMEOUT);
      server = bound;
      channel = bound.channel();
    } catch (RuntimeException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException(cause.getMessage() == null ? e.getMessage() : cause.getMessage(), e);
    }
  }

  private static SocketAddress socketAddress(Address address) throws IOException {
    return switch (address) {
      case Address.Tcp(String host, int port) -> {
        InetSocketAddress resolved = new InetSocketAddress(host, port);
        if (resolved.isUnresolved()) {
          throw new IOException("the host name " + host + " is unknown");
        }
        yield resolved;
      }
      case Address.Unix(Path path) -> {
        removeStale(path);
        yield new DomainSocketAddress(path.toFile());
      }
    };
  }

  /** A socket that an ended process has left behind would make binding fail for ever. */
  private static void removeStale(Path path) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    var attributes =
        Files.readAttributes(
            path, java.nio.file.attribute.BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (!attributes.isOther()) {
      throw new IOException(path + " exists and is no socket; it is left alone");
    }
    try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      throw new IOException("another process listens on " + probe.getRemoteAddress());
    } catch (java.net.ConnectException e) {
      Files.delete(path); // nobody listens
    }
  }

  private void accept(Channel child) {
    child.pipeline().remove(NettyPipeline.ReactiveBridge);
    child.pipeline().addLast(new FrontendHandler(loops.context(child.eventLoop()), context));
    child.config().setAutoRead(true); // Reactor Netty reads on demand only
    loops.connectionOpened();
    if (open.incrementAndGet() >= limit) {
      setAccepting(false);
      if (open.get() < limit) {
        setAccepting(true); // one has closed meanwhile
      }
    }
    child.closeFuture().addListener(closed -> released());
  }

  private void released() {
    loops.connectionClosed();
    if (open.getAndDecrement() == limit) {
      setAccepting(true);
    }
  }

  private void setAccepting(boolean on) {
    Channel listening = channel;
    if (listening != null) {
      listening.config().setAutoRead(on);
    }
  }

  /** The bound address; a port 0 is replaced by the real one. */
  public SocketAddress address() {
    Channel bound = channel;
    if (bound == null) {
      throw new IllegalStateException("not bound");
    }
    return bound.localAddress();
  }

  /** Stops accepting; connections stay. A Unix socket's file is removed. */
  public void close() {
    DisposableServer bound = server;
    if (bound != null) {
      server = null; // a second call may come when the loops have ended
      bound.channel().close().syncUninterruptibly();
    }
    if (spec.address() instanceof Address.Unix(Path path)) {
      try {
        Files.deleteIfExists(path);
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }
  }
}
