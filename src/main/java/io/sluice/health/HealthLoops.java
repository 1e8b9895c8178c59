package io.sluice.health;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * The threads that watch backends, {@code sluice-health-N}: apart from those that serve, so that a
 * busy proxy does not take its backends for slow. One is enough for ten thousand plain checks a
 * second; large machines, which do more of everything, get a few. None runs before it has work.
 */
public final class HealthLoops implements AutoCloseable {
  private static final int PROCESSORS_FOR_EACH = 8;
  private static final int MOST = 4;

  private final EventLoopGroup group;

  /** Loops for this machine. */
  public HealthLoops() {
    int wanted = Runtime.getRuntime().availableProcessors() / PROCESSORS_FOR_EACH;
    group =
        new MultiThreadIoEventLoopGroup(
            Math.clamp(wanted, 1, MOST),
            new DefaultThreadFactory("sluice-health", true),
            EpollIoHandler.newFactory());
  }

  /** The next one in turn. */
  EventLoop next() {
    return group.next();
  }

  /** The result of something that one of them does; what takes long is none of it. */
  static <T> T await(Future<T> result) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return result.get();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("a health loop failed", e.getCause());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Ends them with all that runs on them; returns when they have ended. */
  @Override
  public void close() {
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
