package io.sluice.admin;

import io.micrometer.core.instrument.binder.MeterBinder;
import io.sluice.config.Address;
import io.sluice.listen.ListeningSocket;
import io.sluice.tls.Bundles;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.web.context.reactive.StandardReactiveWebEnvironment;
import org.springframework.boot.web.server.Ssl;
import org.springframework.boot.web.server.WebServerException;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.ByteArrayResource;

/**
 * The running management plane: WebFlux on the admin address with Actuator's health, info and
 * Prometheus endpoints.
 *
 * <p>Readiness is up once started, so start it when the data plane takes traffic; {@link
 * #refuseTraffic} turns it down for good.
 */
public final class AdminPlane implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(AdminPlane.class);

  private final ConfigurableApplicationContext context;
  private final InetSocketAddress address;

  private final boolean tls;
  private final AdminConnections connections;

  private AdminPlane(
      ConfigurableApplicationContext context,
      InetSocketAddress address,
      AdminConnections connections) {
    this.context = context;
    this.address = address;
    this.connections = connections;
    this.tls = Ssl.isEnabled(context.getBean(ServerProperties.class).getSsl());
  }

  /**
   * What the management plane is started with.
   *
   * @param address where it listens; wins over {@code server.address} and {@code server.port}
   * @param file the configuration file's name, for messages
   * @param yaml the file's text; Spring's own sections of it are honoured
   * @param logLevel of {@code io.sluice}; wins over the file; null: the file's
   * @param meters shown by the Prometheus endpoint
   * @param management what is managed
   * @param descriptor of a socket that listens at the address already; from the start on it is this
   *     plane's, and closed when it does not start; null: the address is bound
   * @param held whether nothing is accepted until {@link AdminPlane#accept}
   */
  public record Settings(
      Address.Tcp address,
      String file,
      String yaml,
      @Nullable String logLevel,
      List<MeterBinder> meters,
      Management management,
      @Nullable Integer descriptor,
      boolean held) {
    public Settings {
      meters = List.copyOf(meters);
    }

    /** Binds the address and accepts at once. */
    public Settings(
        Address.Tcp address,
        String file,
        String yaml,
        @Nullable String logLevel,
        List<MeterBinder> meters,
        Management management) {
      this(address, file, yaml, logLevel, meters, management, null, false);
    }
  }

  /**
   * Something about a section of the file that is Spring's.
   *
   * @param key dotted, for instance {@code server.ssl.bundle}; empty: the sections as a whole
   * @param warning whether it starts all the same
   */
  public record Finding(String key, String message, boolean warning) {}

  /** What is wrong with Spring's sections of a file, as far as it shows without starting. */
  public static List<Finding> check(String file, String yaml) {
    return SpringCheck.of(file, yaml);
  }

  /** The file's SSL bundles, for those who serve before this plane is started. */
  public static Bundles bundles(String file, String yaml) {
    return new SpringBundles(file, yaml);
  }

  /**
   * Starts it and waits until it serves.
   *
   * @throws AdminPlaneException with a sentence for the operator: what failed, where, what to do
   */
  public static AdminPlane start(Settings settings) throws AdminPlaneException {
    return start(settings, InstantSource.system(), EventFeed.HEARTBEAT);
  }

  /** Starts it with times of a test's own. */
  static AdminPlane start(Settings settings, InstantSource clock, Duration heartbeat)
      throws AdminPlaneException {
    SpringApplication application = new SpringApplication(AdminApplication.class);
    application.setWebApplicationType(WebApplicationType.REACTIVE);
    application.setBannerMode(Banner.Mode.OFF);
    application.setLogStartupInfo(false);
    // The process stops both planes itself, in its own order.
    application.setRegisterShutdownHook(false);
    application.setDefaultProperties(defaults());
    application.addInitializers(context -> register(settings.meters(), context));
    application.addInitializers(context -> register(settings.management(), clock, context));
    application.addInitializers(
        context -> context.getBeanFactory().registerSingleton("heartbeat", heartbeat));
    ListeningSocket socket = socket(settings);
    AdminConnections connections = new AdminConnections(socket);
    application.addInitializers(
        context -> context.getBeanFactory().registerSingleton("connections", connections));
    try {
      application.setEnvironment(environment(settings));
      ConfigurableApplicationContext context = application.run(arguments(settings));
      InetSocketAddress address = boundTo(context, settings.address());
      AdminPlane plane = new AdminPlane(context, address, connections);
      plane.warnWhenOpen(settings);
      return plane;
    } catch (IOException | RuntimeException e) {
      socket.release();
      throw new AdminPlaneException(sentence(settings, e), e);
    }
  }

  private static ListeningSocket socket(Settings settings) throws AdminPlaneException {
    Integer descriptor = settings.descriptor();
    if (descriptor == null) {
      return ListeningSocket.toBind(settings.address(), settings.held());
    }
    try {
      return ListeningSocket.adopt(descriptor, settings.address(), settings.held());
    } catch (IOException e) {
      throw new AdminPlaneException(
          "the socket of the admin address %s cannot be taken over: %s; start without it, or set"
                  .formatted(settings.address(), e.getMessage())
              + " sluice.admin.address in "
              + settings.file(),
          e);
    }
  }

  /** The bound address; a port 0 is replaced by the real one. */
  public InetSocketAddress address() {
    return address;
  }

  /** Whether it is spoken to by TLS: {@code server.ssl} of the file says so. */
  public boolean tls() {
    return tls;
  }

  private void warnWhenOpen(Settings settings) {
    boolean loopback = address.getAddress() != null && address.getAddress().isLoopbackAddress();
    if (!tls && !loopback) {
      log.warn(
          "The admin address {} can be reached from other hosts and has no TLS: passwords and"
              + " tokens pass readably. Set server.ssl.bundle in {}, or bind it to 127.0.0.1.",
          settings.address(),
          settings.file());
    }
  }

  /** A bean, for tests. */
  <T> T part(Class<T> type, String name) {
    return context.getBean(name, type);
  }

  /**
   * What the plane of the process that takes this one's place should know, as JSON. It holds
   * secrets: only for the upgrade socket, never for a log.
   */
  public String memory() {
    return AdminMemory.write(context.getBean(Sessions.class));
  }

  /**
   * Goes on with what {@link #memory} of another process has said, of any version. Blocks for the
   * store, which must be this process's.
   *
   * @throws io.sluice.store.StoreException when the store fails; then everybody has to log in again
   */
  public void restore(String memory) {
    AdminMemory.restore(
        memory, context.getBean(Sessions.class), context.getBean(Management.class).accounts());
  }

  /** Turns readiness down: the readiness endpoint answers 503 from now on. */
  public void refuseTraffic() {
    AvailabilityChangeEvent.publish(context, ReadinessState.REFUSING_TRAFFIC);
  }

  /** Begins to accept, when it was held. */
  public void accept() {
    connections.accept();
  }

  /** Accepts no more until {@link #accept}; callers wait in the socket's queue. */
  public void hold() {
    connections.hold();
  }

  /** The number of its listening socket, for passing it on; it stays this plane's. */
  public int descriptor() {
    return connections.descriptor();
  }

  /**
   * Stops accepting and closes this process's descriptor only: whoever else holds the socket goes
   * on. Calls under way are answered, event streams end, idle connections are closed soon; {@link
   * #close} comes next.
   *
   * @return completes when the last connection has ended
   */
  public CompletableFuture<Void> release() {
    return connections.release();
  }

  /** Closes the listener and everything behind it. */
  @Override
  public void close() {
    context.close();
  }

  /** What the file and the environment may change. */
  private static Map<String, Object> defaults() {
    Map<String, Object> defaults = new HashMap<>();
    defaults.put("spring.application.name", "sluice");
    // Closing waits for no scrape that happens to run.
    defaults.put("server.shutdown", "immediate");
    // Pages of many backends; streams of events are none of the compressed types.
    defaults.put("server.compression.enabled", true);
    defaults.put("server.compression.min-response-size", "2KB");
    // Who calls is known by the peer's address alone, whatever platform this runs on.
    defaults.put("server.forward-headers-strategy", "none");
    defaults.put("spring.http.codecs.max-in-memory-size", "16MB");
    defaults.put(
        "management.endpoints.web.exposure.include", "health,info,lifecycle,prometheus,loggers");
    defaults.put("management.endpoint.health.probes.enabled", true);
    defaults.put("management.endpoint.health.show-details", "when-authorized");
    // Said, because Spring's documentation warns about what is on by default.
    defaults.put("springdoc.api-docs.enabled", true);
    defaults.put("springdoc.swagger-ui.enabled", true);
    // It warns about every malformed request: anybody could fill the log.
    defaults.put("logging.level.reactor.netty.http.server.HttpServerOperations", "error");
    // A full disk or an old certificate does not keep the data plane from serving.
    defaults.put("management.health.diskspace.enabled", false);
    defaults.put("management.health.ssl.enabled", false);
    return defaults;
  }

  /**
   * What nothing may change. Spring would otherwise look for an {@code application.yaml} in the
   * working directory, which need not be the file that Sluice was given.
   */
  private static String[] arguments(Settings settings) {
    Map<String, String> fixed = new HashMap<>();
    fixed.put("spring.config.location", "optional:classpath:/sluice-admin.yaml");
    fixed.put("server.address", settings.address().host());
    fixed.put("server.port", Integer.toString(settings.address().port()));
    // A port of its own would lie outside of our rules.
    fixed.put("management.server.port", "");
    // The dashboard's templates are the program's own.
    fixed.put("spring.thymeleaf.prefix", "classpath:/dashboard/");
    fixed.put("spring.thymeleaf.suffix", ".html");
    fixed.put("spring.thymeleaf.mode", "HTML");
    fixed.put("spring.thymeleaf.cache", "true");
    fixed.put("spring.thymeleaf.reactive.max-chunk-size", "0B");
    String base = settings.management().configuration().admin().basePath();
    fixed.put("spring.webflux.base-path", base.equals("/") ? "" : base);
    if (settings.logLevel() != null) {
      fixed.put("logging.level.io.sluice", settings.logLevel());
    }
    return fixed.entrySet().stream()
        .map(entry -> "--" + entry.getKey() + "=" + entry.getValue())
        .toArray(String[]::new);
  }

  /** The usual sources, then Spring's own sections of the very text that the data plane got. */
  private static ConfigurableEnvironment environment(Settings settings) throws IOException {
    ConfigurableEnvironment environment = new StandardReactiveWebEnvironment();
    byte[] own = SpringSections.of(settings.yaml()).getBytes(StandardCharsets.UTF_8);
    ByteArrayResource text = new ByteArrayResource(own, settings.file());
    for (PropertySource<?> source : new YamlPropertySourceLoader().load(settings.file(), text)) {
      environment.getPropertySources().addLast(source);
    }
    return environment;
  }

  private static void register(List<MeterBinder> meters, ConfigurableApplicationContext context) {
    for (int i = 0; i < meters.size(); i++) {
      context.getBeanFactory().registerSingleton("sluiceMeters" + i, meters.get(i));
    }
  }

  private static void register(
      Management management, InstantSource clock, ConfigurableApplicationContext context) {
    ConfigurableListableBeanFactory beans = context.getBeanFactory();
    beans.registerSingleton("clock", clock);
    beans.registerSingleton("management", management);
    for (RecordComponent part : Management.class.getRecordComponents()) {
      try {
        beans.registerSingleton(part.getName(), part.getAccessor().invoke(management));
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("cannot read " + part, e);
      }
    }
  }

  private static InetSocketAddress boundTo(
      ConfigurableApplicationContext context, Address.Tcp wanted) {
    int port = wanted.port();
    if (context instanceof WebServerApplicationContext web && web.getWebServer() != null) {
      port = web.getWebServer().getPort();
    }
    return new InetSocketAddress(wanted.host(), port);
  }

  private static String sentence(Settings settings, Exception failure) {
    String address = "the admin address " + settings.address();
    String remedy = "set sluice.admin.address in " + settings.file() + " to another one";
    Throwable root = failure;
    boolean listening = failure instanceof WebServerException;
    while (root.getCause() != null) {
      root = root.getCause();
      listening |= root instanceof WebServerException;
    }
    String reason = String.valueOf(root.getMessage());
    if (root instanceof UnknownHostException) {
      return address + " cannot be listened on: its host is unknown; " + remedy;
    }
    if (listening && reason.contains("in use")) {
      return address + " is already in use by another process; stop that one or " + remedy;
    }
    if (listening) {
      // The native transport says "bind(..) failed with error(-99): Cannot assign ...".
      String plain = reason.replaceFirst("^bind\\(.*\\): ", "");
      return address + " cannot be listened on: " + plain + "; " + remedy;
    }
    return "the management plane does not start: "
        + reason
        + "; check the sections spring, server, management and logging of "
        + settings.file();
  }
}
