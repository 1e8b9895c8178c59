package io.sluice.listen;

import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.UnixChannel;
import io.sluice.config.Address;
import io.sluice.config.ListenerSpec;
import io.sluice.os.Descriptors;
import io.sluice.os.OsException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.netty.resources.LoopResources;

/**
 * The listening socket of one Reactor Netty server. It accepts when it has been {@linkplain #accept
 * opened} and is not {@linkplain #full full}; until then clients wait in the kernel's queue, which
 * it may share with another process that holds the same socket. Closing it gives up this process's
 * descriptor alone: connections in that queue stay for the other holders, and those that were
 * accepted are on their loops already.
 */
public final class ListeningSocket {
  /** What listens already; null: Reactor Netty binds. */
  private final @Nullable Integer descriptor;

  private final SocketAddress at;
  private final @Nullable UnixSocketFile file;

  /** Written by whoever opens it. */
  private volatile boolean opened;

  /** Written by any event loop. */
  private volatile boolean full;

  /** Written once, when Reactor Netty asks for it. */
  private volatile @Nullable Channel channel;

  private ListeningSocket(
      SocketAddress at, @Nullable Integer descriptor, @Nullable UnixSocketFile file, boolean held) {
    this.at = at;
    this.descriptor = descriptor;
    this.file = file;
    this.opened = !held;
  }

  /**
   * A TCP socket that its server looks up and binds.
   *
   * @param held whether it accepts nothing until it is opened
   */
  public static ListeningSocket toBind(Address.Tcp at, boolean held) {
    InetSocketAddress unresolved = InetSocketAddress.createUnresolved(at.host(), at.port());
    return new ListeningSocket(unresolved, null, null, held);
  }

  /**
   * A socket of this process's own. That of a Unix path listens at once, a TCP one is bound when
   * its server starts.
   *
   * @param held whether it accepts nothing until it is opened
   * @throws IOException with a sentence why nobody can listen there
   */
  public static ListeningSocket own(ListenerSpec spec, int backlog, boolean held)
      throws IOException {
    return switch (spec.address()) {
      case Address.Tcp tcp -> new ListeningSocket(resolved(tcp), null, null, held);
      case Address.Service _, Address.Kubernetes _ ->
          throw new IOException(spec.address() + " cannot be listened on");
      case Address.Unix(Path path) -> {
        UnixSocketFile.Made made = UnixSocketFile.make(path, spec.socketFile(), backlog);
        yield new ListeningSocket(nettys(path), made.descriptor(), made.file(), held);
      }
    };
  }

  /**
   * The descriptor of a socket that listens from now on, before there is anything to serve it: root
   * binds what the user that it becomes could not. It is the caller's.
   *
   * @throws IOException with a sentence why nobody can listen there
   */
  public static int listen(ListenerSpec spec, int backlog) throws IOException {
    return switch (spec.address()) {
      case Address.Tcp tcp -> Descriptors.listen(resolved(tcp), backlog, 0);
      case Address.Service _, Address.Kubernetes _ ->
          throw new IOException(spec.address() + " cannot be listened on");
      case Address.Unix(Path path) ->
          UnixSocketFile.make(path, spec.socketFile(), backlog).descriptor();
    };
  }

  /**
   * A socket that listens already: it keeps its queue. From here on the descriptor is this
   * object's; when it cannot be used, it is closed.
   *
   * @param held whether it accepts nothing until it is opened
   * @throws IOException with a sentence why it is not the socket that was wanted
   */
  public static ListeningSocket adopt(int descriptor, Address wanted, boolean held)
      throws IOException {
    try {
      SocketAddress at = checked(descriptor, wanted);
      Descriptors.adopt(descriptor);
      return wanted instanceof Address.Unix(Path path)
          ? new ListeningSocket(nettys(path), descriptor, UnixSocketFile.existing(path), held)
          : new ListeningSocket(at, descriptor, null, held);
    } catch (IOException | RuntimeException e) {
      Descriptors.close(descriptor);
      throw e;
    }
  }

  private static SocketAddress checked(int descriptor, Address wanted) throws IOException {
    if (!Descriptors.isListening(descriptor)) {
      throw new IOException("descriptor " + descriptor + " is no socket that listens");
    }
    SocketAddress at;
    try {
      at = Descriptors.address(descriptor);
    } catch (IllegalArgumentException e) {
      throw new IOException("descriptor " + descriptor + " is " + e.getMessage(), e);
    }
    if (!isAt(at, wanted)) {
      throw new IOException("descriptor " + descriptor + " listens on " + text(at) + " instead");
    }
    return at;
  }

  /**
   * Whether a socket that is bound here takes what comes for an address of the configuration. One
   * bound to every IPv6 address takes IPv4, too, as systemd makes it for a port alone.
   *
   * @throws UnknownHostException when the configured host is unknown
   */
  public static boolean isAt(SocketAddress at, Address wanted) throws UnknownHostException {
    return switch (wanted) {
      case Address.Unix(Path path) ->
          at instanceof UnixDomainSocketAddress unix
              && unix.getPath().normalize().equals(path.normalize());
      case Address.Tcp tcp -> at instanceof InetSocketAddress inet && isAt(inet, tcp);
      case Address.Service _, Address.Kubernetes _ -> false;
    };
  }

  private static boolean isAt(InetSocketAddress at, Address.Tcp wanted)
      throws UnknownHostException {
    if (wanted.port() != 0 && wanted.port() != at.getPort()) {
      return false;
    }
    InetAddress bound = at.getAddress();
    for (InetAddress address : InetAddress.getAllByName(wanted.host())) {
      boolean every = address.isAnyLocalAddress() && bound.isAnyLocalAddress();
      if (address.equals(bound) || (every && bound instanceof Inet6Address)) {
        return true;
      }
    }
    return false;
  }

  /** Where a socket is bound, as an operator writes it. */
  public static String text(SocketAddress at) {
    return at instanceof InetSocketAddress inet
        ? new Address.Tcp(inet.getAddress().getHostAddress(), inet.getPort()).toString()
        : "unix:" + at;
  }

  private static InetSocketAddress resolved(Address.Tcp tcp) throws IOException {
    InetSocketAddress resolved = new InetSocketAddress(tcp.host(), tcp.port());
    if (resolved.isUnresolved()) {
      throw new IOException("the host name " + tcp.host() + " is unknown");
    }
    return resolved;
  }

  private static DomainSocketAddress nettys(Path path) {
    return new DomainSocketAddress(path.toFile());
  }

  /** Where its server is to bind it. */
  public SocketAddress at() {
    return at;
  }

  /**
   * These loops with this socket as the one that a server listens on. For one server.
   *
   * @param accepted is told of each connection on the socket's own loop, before the next one is
   *     accepted and before it has a loop itself
   */
  public LoopResources under(LoopResources loops, Consumer<Channel> accepted) {
    return new Loops(loops, this, accepted);
  }

  /** These loops with this socket as the one that a server listens on. For one server. */
  public LoopResources under(LoopResources loops) {
    return under(loops, connection -> {});
  }

  /** Begins to accept, when it was held. */
  public void accept() {
    opened = true;
    apply();
  }

  /** Accepts no more until {@link #accept}; clients wait in the queue, for whoever takes them. */
  public void hold() {
    opened = false;
    apply();
  }

  /** Pauses accepting while it is full. Callable from any thread. */
  public void full(boolean now) {
    full = now;
    apply();
  }

  /** Whoever changes what is wanted looks again afterwards, so the last word is always obeyed. */
  private void apply() {
    Channel listening = channel;
    if (listening == null) {
      return;
    }
    boolean wanted;
    do {
      wanted = isWanted();
      listening.config().setAutoRead(wanted);
    } while (wanted != isWanted());
  }

  private boolean isWanted() {
    return opened && !full;
  }

  /** The bound address; a port 0 is replaced by the real one. */
  public SocketAddress address() {
    return file == null ? listening().localAddress() : at;
  }

  /**
   * Its number, for passing it on; it stays this object's.
   *
   * @throws IllegalStateException when it is closed
   */
  public int descriptor() {
    Channel listening = listening();
    if (!listening.isOpen()) {
      throw new IllegalStateException("closed");
    }
    return ((UnixChannel) listening).fd().intValue();
  }

  private Channel listening() {
    Channel listening = channel;
    if (listening == null) {
      throw new IllegalStateException("its server has not started");
    }
    return listening;
  }

  /**
   * Stops accepting and closes this process's descriptor. A Unix socket's file stays: others may
   * listen on.
   */
  public void release() {
    Channel listening = channel;
    if (listening != null) {
      if (listening.isOpen()) { // its loop may have ended with it
        listening.close().syncUninterruptibly();
      }
    } else if (descriptor != null) {
      closeDescriptor(descriptor); // its server never started
    }
  }

  private static void closeDescriptor(int descriptor) {
    try {
      Descriptors.close(descriptor);
    } catch (OsException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Removes a Unix socket's file when it is still ours and nobody listens on it any more. */
  public void removeFile() throws IOException {
    if (file != null) {
      file.remove();
    }
  }

  /** The channel that a server listens with. */
  private Channel opened(Supplier<Channel> toBind, Consumer<Channel> accepted) {
    Channel made;
    if (descriptor == null) {
      made = toBind.get();
    } else {
      made =
          file == null
              ? new EpollServerSocketChannel(descriptor)
              : new EpollServerDomainSocketChannel(descriptor);
    }
    made.pipeline().addLast(new Door(accepted));
    if (descriptor != null || !opened) {
      // a descriptor is read as soon as it is registered, when nobody could take what comes
      made.config().setAutoRead(false);
    }
    channel = made;
    return made;
  }

  /** Stands in front of all else on the listening channel. */
  private final class Door extends ChannelDuplexHandler {
    private final Consumer<Channel> accepted;

    Door(Consumer<Channel> accepted) {
      this.accepted = accepted;
    }

    @Override
    public void bind(ChannelHandlerContext context, SocketAddress local, ChannelPromise promise) {
      if (descriptor == null) {
        context.bind(local, promise);
      } else {
        promise.setSuccess(); // it is bound already, but a server always binds
        apply();
      }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object connection) {
      accepted.accept((Channel) connection);
      context.fireChannelRead(connection);
    }
  }

  /** Loops that take one listening socket for what they would make. */
  private record Loops(LoopResources loops, ListeningSocket socket, Consumer<Channel> accepted)
      implements LoopResources {
    @Override
    public boolean daemon() {
      return loops.daemon();
    }

    @Override
    public EventLoopGroup onServer(boolean useNative) {
      return loops.onServer(useNative);
    }

    @Override
    public EventLoopGroup onServerSelect(boolean useNative) {
      return loops.onServerSelect(useNative);
    }

    @Override
    public <C extends Channel> C onChannel(Class<C> type, EventLoopGroup group) {
      return ServerChannel.class.isAssignableFrom(type)
          ? type.cast(socket.opened(() -> loops.onChannel(type, group), accepted))
          : loops.onChannel(type, group);
    }

    @Override
    public <C extends Channel> Class<? extends C> onChannelClass(
        Class<C> type, EventLoopGroup group) {
      return loops.onChannelClass(type, group);
    }
  }
}
