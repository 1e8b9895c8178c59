package io.sluice.proxy;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.unix.ServerDomainSocketChannel;
import reactor.netty.resources.LoopResources;

/**
 * Tells Reactor Netty to use our loops and epoll. By itself it would prefer io_uring, which costs
 * the same and has the worse tail. The loops that serve also accept: a connection then changes no
 * thread when there is one loop, and costs one hand-over when there are more.
 */
record EpollLoops(EventLoopGroup group) implements LoopResources {
  @Override
  public EventLoopGroup onServer(boolean useNative) {
    return group;
  }

  @Override
  public <C extends Channel> C onChannel(Class<C> type, EventLoopGroup loops) {
    Channel channel =
        type.equals(ServerSocketChannel.class)
            ? new EpollServerSocketChannel()
            : type.equals(ServerDomainSocketChannel.class)
                ? new EpollServerDomainSocketChannel()
                : LoopResources.super.onChannel(type, loops);
    return type.cast(channel);
  }

  @Override
  public <C extends Channel> Class<? extends C> onChannelClass(
      Class<C> type, EventLoopGroup loops) {
    Class<? extends Channel> epoll =
        type.equals(io.netty.channel.socket.SocketChannel.class)
            ? EpollSocketChannel.class
            : type.equals(io.netty.channel.unix.DomainSocketChannel.class)
                ? EpollDomainSocketChannel.class
                : type;
    return epoll.asSubclass(type);
  }
}
