package io.sluice.admin;

import java.time.Duration;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.security.autoconfigure.ReactiveUserDetailsServiceAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.http.client.ReactorResourceFactory;
import reactor.netty.resources.LoopResources;

/** The beans of the management plane: every component of this package. */
@SpringBootConfiguration(proxyBeanMethods = false)
// Users come from the store; without the exclusion Spring makes one up and logs its password.
@EnableAutoConfiguration(exclude = ReactiveUserDetailsServiceAutoConfiguration.class)
@ComponentScan
class AdminApplication {

  /** Its own few threads: a busy data plane must not slow the management plane, nor vice versa. */
  @Bean
  ReactorResourceFactory reactorResourceFactory() {
    ReactorResourceFactory factory = new ReactorResourceFactory();
    factory.setUseGlobalResources(false);
    factory.setLoopResourcesSupplier(() -> LoopResources.create("sluice-admin", 2, true));
    // By default closing waits 2 s for late tasks; the process ends with the last request instead.
    factory.setShutdownQuietPeriod(Duration.ZERO);
    return factory;
  }
}
