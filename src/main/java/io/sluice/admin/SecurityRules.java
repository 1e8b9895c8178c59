package io.sluice.admin;

import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.PathContainer;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.security.authorization.AuthorizationDecision;
import org.springframework.security.authorization.AuthorizationResult;
import org.springframework.security.config.annotation.web.reactive.EnableWebFluxSecurity;
import org.springframework.security.config.web.server.SecurityWebFiltersOrder;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.security.web.server.authorization.AuthorizationContext;
import org.springframework.security.web.server.context.NoOpServerSecurityContextRepository;
import org.springframework.security.web.server.firewall.ServerExchangeRejectedHandler;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Spring Security with our own proof of identity and our own table of rules. */
@Configuration(proxyBeanMethods = false)
@EnableWebFluxSecurity
class SecurityRules {

  @Bean
  SecurityWebFilterChain securityWebFilterChain(
      ServerHttpSecurity security, Tokens tokens, Sessions sessions, InstantSource clock) {
    return security
        // Answers carry AnswerHeaders' fields, CSRF is Authentication's: it knows what needs it.
        .headers(ServerHttpSecurity.HeaderSpec::disable)
        .csrf(ServerHttpSecurity.CsrfSpec::disable)
        .cors(ServerHttpSecurity.CorsSpec::disable)
        .httpBasic(ServerHttpSecurity.HttpBasicSpec::disable)
        .formLogin(ServerHttpSecurity.FormLoginSpec::disable)
        .logout(ServerHttpSecurity.LogoutSpec::disable)
        .requestCache(ServerHttpSecurity.RequestCacheSpec::disable)
        .securityContextRepository(NoOpServerSecurityContextRepository.getInstance())
        .addFilterAt(
            new Authentication(tokens, sessions, clock), SecurityWebFiltersOrder.AUTHENTICATION)
        .exceptionHandling(
            handling ->
                handling
                    .authenticationEntryPoint((exchange, e) -> Mono.error(unknownCaller()))
                    .accessDeniedHandler((exchange, e) -> Mono.error(refused(exchange))))
        .authorizeExchange(calls -> calls.anyExchange().access((who, call) -> decide(call)))
        .build();
  }

  /** Spring's firewall refuses by an empty answer; ours is a problem. */
  @Bean
  ServerExchangeRejectedHandler serverExchangeRejectedHandler() {
    return (exchange, rejected) ->
        Mono.error(RequestGate.badPath("it, or a header field, holds what is not allowed"));
  }

  private static Mono<AuthorizationResult> decide(AuthorizationContext call) {
    ServerWebExchange exchange = call.getExchange();
    ServerHttpRequest request = exchange.getRequest();
    PathContainer path = request.getPath().pathWithinApplication();
    AccessRule rule = AccessRules.find(request.getMethod(), path);
    if (rule != null && rule.role() == null) {
      return Mono.just(new AuthorizationDecision(true));
    }
    Role role = Caller.roleOf(exchange);
    if (rule == null || rule.role() == null) {
      return role == null ? Mono.error(unknownCaller()) : Mono.error(noRule(path));
    }
    return role == null
        ? Mono.error(unknownCaller())
        : Mono.just(new AuthorizationDecision(role.includes(rule.role())));
  }

  private static ProblemException unknownCaller() {
    return Caller.unproven("This needs a token (Authorization: Bearer sl_...) or a session.");
  }

  private static ProblemException noRule(PathContainer path) {
    String methods = String.join(", ", AccessRules.methods(path));
    return methods.isEmpty()
        ? new ProblemException(HttpStatus.NOT_FOUND, "not-found", "There is nothing at this path.")
        : new ProblemException(
                HttpStatus.METHOD_NOT_ALLOWED,
                "method-not-allowed",
                "Only %s can be called here.".formatted(methods))
            .header("Allow", methods);
  }

  private static ProblemException refused(ServerWebExchange exchange) {
    ServerHttpRequest request = exchange.getRequest();
    AccessRule rule =
        AccessRules.find(request.getMethod(), request.getPath().pathWithinApplication());
    @Nullable Role needed = rule == null ? null : rule.role();
    return new ProblemException(
        HttpStatus.FORBIDDEN,
        "forbidden",
        "This needs the role %s.".formatted(needed == null ? "of nobody" : needed.word()));
  }
}
