package io.sluice.admin;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.security.autoconfigure.ReactiveUserDetailsServiceAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.http.client.ReactorResourceFactory;

/** The beans of the management plane: every component of this package. */
@SpringBootConfiguration(proxyBeanMethods = false)
// Users come from the store; without the exclusion Spring makes one up and logs its password.
@EnableAutoConfiguration(exclude = ReactiveUserDetailsServiceAutoConfiguration.class)
@ComponentScan
class AdminApplication {

  @Bean
  ReactorResourceFactory reactorResourceFactory(AdminConnections connections) {
    return new AdminLoops(connections);
  }
}
