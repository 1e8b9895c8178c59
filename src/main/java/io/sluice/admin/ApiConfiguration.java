package io.sluice.admin;

import io.sluice.store.Actor;
import java.util.concurrent.Executors;
import org.springdoc.core.utils.SpringDocUtils;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.MethodParameter;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.task.support.TaskExecutorAdapter;
import org.springframework.web.reactive.BindingContext;
import org.springframework.web.reactive.config.BlockingExecutionConfigurer;
import org.springframework.web.reactive.config.WebFluxConfigurer;
import org.springframework.web.reactive.result.method.HandlerMethodArgumentResolver;
import org.springframework.web.reactive.result.method.annotation.ArgumentResolverConfigurer;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** What the API's controllers share. */
@Configuration(proxyBeanMethods = false)
class ApiConfiguration implements WebFluxConfigurer {
  static {
    SpringDocUtils.getConfig().addRequestWrapperToIgnore(Call.class);
  }

  @Bean
  Changes changes(Management management) {
    return new Changes(management.reconciler());
  }

  @Bean
  Live live(Management management) {
    return new Live(management.dataPlane());
  }

  @Bean
  Views views(Management management, Live live) {
    return new Views(live, management.statistics());
  }

  @Bean
  ResourceCalls resourceCalls(Management management, Changes changes, IdempotencyKeys keys) {
    return new ResourceCalls(changes, management.snapshots(), keys);
  }

  @Bean
  IdempotencyKeys idempotencyKeys() {
    return new IdempotencyKeys();
  }

  /**
   * Controllers ask the store and wait for the control thread, so they run on threads that may
   * block and cost nothing while they do.
   */
  @Override
  public void configureBlockingExecution(BlockingExecutionConfigurer configurer) {
    configurer.setExecutor(
        new TaskExecutorAdapter(
            Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("sluice-api-", 0).factory())));
  }

  @Override
  public void configureArgumentResolvers(ArgumentResolverConfigurer configurer) {
    configurer.addCustomResolver(new CallResolver(), new Form.Resolver());
  }

  /** Reads the body to its end, as far as it may be long, before a controller begins. */
  private static final class CallResolver implements HandlerMethodArgumentResolver {
    private static final int LONGEST = 1 << 20;
    private static final int LONGEST_CONFIGURATION = 16 << 20;

    @Override
    public boolean supportsParameter(MethodParameter parameter) {
      return parameter.getParameterType() == Call.class;
    }

    @Override
    public Mono<Object> resolveArgument(
        MethodParameter parameter, BindingContext context, ServerWebExchange exchange) {
      Actor actor = Caller.actor(exchange);
      int longest =
          exchange.getRequest().getPath().pathWithinApplication().value().contains("/config")
              ? LONGEST_CONFIGURATION
              : LONGEST;
      if (exchange.getRequest().getHeaders().getContentLength() > longest) {
        return Mono.error(tooLong(longest));
      }
      return DataBufferUtils.join(exchange.getRequest().getBody(), longest)
          .map(CallResolver::bytes)
          .defaultIfEmpty(new byte[0])
          .map(body -> new Call(exchange, actor, body));
    }

    private static byte[] bytes(DataBuffer buffer) {
      byte[] bytes = new byte[buffer.readableByteCount()];
      buffer.read(bytes);
      DataBufferUtils.release(buffer);
      return bytes;
    }

    private static ProblemException tooLong(int longest) {
      return Refusals.of(
          413, "too-large", "The body is longer than the " + longest + " bytes allowed here.");
    }
  }
}
