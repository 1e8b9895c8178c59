package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HeadDeadlineTest {
  private final EmbeddedChannel channel = new EmbeddedChannel();

  HeadDeadlineTest() {
    channel.freezeTime();
    channel.pipeline().addLast(new HeadDeadline(Duration.ofSeconds(10), Duration.ofSeconds(60)));
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private void pass(int seconds) {
    channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
    channel.runPendingTasks();
    channel.runScheduledPendingTasks();
  }

  private void request() {
    channel.writeInbound(new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/"));
  }

  private void answer(HttpResponseStatus status) {
    channel.writeOutbound(new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status));
  }

  @Test
  void withoutAWholeHeadTheConnectionClosesAfterTenSeconds() {
    pass(9);
    assertThat(channel.isOpen()).isTrue();
    pass(1);
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void anAnswerMayTakeAsLongAsItLikes() {
    request();
    answer(HttpResponseStatus.CONTINUE);
    pass(3600);
    assertThat(channel.isOpen()).isTrue();
  }

  @Test
  void theNextHeadHasAMinute() {
    request();
    answer(HttpResponseStatus.OK);
    pass(59);
    assertThat(channel.isOpen()).isTrue();
    request();
    answer(HttpResponseStatus.OK);
    pass(60);
    assertThat(channel.isOpen()).isFalse();
  }
}
