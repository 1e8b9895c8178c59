package io.sluice;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import io.micrometer.core.instrument.Counter;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.springframework.modulith.core.ApplicationModules;
import reactor.core.publisher.Mono;

/**
 * The house's rules on compiled classes. When one turns red because the design has learnt
 * something, change the rule together with a record in {@code docs/adr/}.
 */
class ArchitectureTest {

  private static final String[] DATA_PLANE = {
    "io.sluice.config..",
    "io.sluice.http..",
    "io.sluice.http2..",
    "io.sluice.balance..",
    "io.sluice.upstream..",
    "io.sluice.health..",
    "io.sluice.listen..",
    "io.sluice.tls..",
    "io.sluice.proxy.."
  };

  private static final int MOST_PUBLIC_TYPES = 15;

  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.sluice");

  private static final JavaClasses TESTS =
      new ClassFileImporter()
          .withImportOption(new ImportOption.OnlyIncludeTests())
          .importPackages("io.sluice");

  /** The annotation that declares a package's allowed dependencies; it has no run-time effect. */
  private static final DescribedPredicate<JavaClass> SPRING =
      describe(
          "Spring, other than @ApplicationModule",
          type ->
              type.getPackageName().startsWith("org.springframework")
                  && !type.getName().startsWith("org.springframework.modulith.ApplicationModule"));

  private static final ArchRule NO_SPRING_IN_THE_DATA_PLANE =
      noClasses()
          .that()
          .resideInAnyPackage(DATA_PLANE)
          .should()
          .dependOnClassesThat(SPRING)
          .because("the data plane must start, run and be tested without a container");

  private static final ArchRule NO_METRICS_LIBRARY_IN_THE_DATA_PLANE =
      noClasses()
          .that()
          .resideInAnyPackage(DATA_PLANE)
          .should()
          .dependOnClassesThat(resideInAnyPackage("io.micrometer..", "io.prometheus.."))
          .because("the data plane reports through observers whose interfaces it owns");

  private static final ArchRule NO_PUBLISHERS_IN_THE_DATA_PLANE =
      noClasses()
          .that()
          .resideInAnyPackage(DATA_PLANE)
          .should()
          .dependOnClassesThat(resideInAnyPackage("reactor.core.publisher.."))
          .because("a Mono or Flux on a request's path costs allocations and hides its order");

  private static final ArchRule NOTHING_KNOWS_THE_MANAGEMENT_PLANE =
      noClasses()
          .that(resideInAnyPackage("io.sluice..").and(outside("admin", "process")))
          .should()
          .dependOnClassesThat(resideInAnyPackage("io.sluice.admin.."))
          .because("only main, which wires the parts, may know the management plane");

  private static final ArchRule NOTHING_KNOWS_MAIN =
      noClasses()
          .that(resideInAnyPackage("io.sluice..").and(outside("process")))
          .should()
          .dependOnClassesThat(resideInAnyPackage("io.sluice.process.."))
          .because("main is the root: it knows the parts and no part knows it");

  private static final ArchRule NAMES_SAY_WHAT_A_CLASS_IS =
      noClasses()
          .should()
          .haveNameMatching(".*(Manager|Helper|Utils?|Impl)(\\$.*)?")
          .because("such a name says nothing about what the class is");

  private static final ArchRule NO_SLEEP =
      noClasses()
          .should()
          .callMethod(Thread.class, "sleep", long.class)
          .orShould()
          .callMethod(Thread.class, "sleep", long.class, int.class)
          .orShould()
          .callMethod(Thread.class, "sleep", Duration.class)
          .orShould()
          .callMethod(TimeUnit.class, "sleep", long.class)
          .because("a test waits for a condition (io.sluice.testing.Until), never for time");

  private static DescribedPredicate<JavaClass> outside(String... packages) {
    return DescribedPredicate.not(
        resideInAnyPackage(
            Arrays.stream(packages)
                .map(name -> "io.sluice." + name + "..")
                .toArray(String[]::new)));
  }

  @Test
  void packagesUseOnlyWhatTheirDeclarationAllows() {
    ApplicationModules.of("io.sluice").verify();
  }

  @Test
  void theDataPlaneKnowsNoSpring() {
    NO_SPRING_IN_THE_DATA_PLANE.check(MAIN);
  }

  @Test
  void theDataPlaneKnowsNoMetricsLibrary() {
    NO_METRICS_LIBRARY_IN_THE_DATA_PLANE.check(MAIN);
  }

  @Test
  void theDataPlaneKnowsNoPublishers() {
    NO_PUBLISHERS_IN_THE_DATA_PLANE.check(MAIN);
  }

  @Test
  void nothingButMainKnowsTheManagementPlane() {
    NOTHING_KNOWS_THE_MANAGEMENT_PLANE.check(MAIN);
  }

  @Test
  void nothingKnowsMain() {
    NOTHING_KNOWS_MAIN.check(MAIN);
  }

  @Test
  void namesSayWhatAClassIs() {
    NAMES_SAY_WHAT_A_CLASS_IS.check(MAIN);
  }

  @Test
  void testsDoNotSleep() {
    NO_SLEEP.check(TESTS);
  }

  @Test
  void aPackageHasFewPublicTypes() {
    assertThat(publicTypes(MAIN))
        .allSatisfy(
            (name, types) ->
                assertThat(types)
                    .as("public top-level types of %s; make some package-private", name)
                    .isLessThanOrEqualTo(MOST_PUBLIC_TYPES));
  }

  private static Map<String, Long> publicTypes(JavaClasses classes) {
    return classes.stream()
        .filter(JavaClass::isTopLevelClass)
        .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
        .collect(
            Collectors.groupingBy(JavaClass::getPackageName, TreeMap::new, Collectors.counting()));
  }

  /** A rule that cannot fail proves nothing: each is held against a class that breaks it. */
  @Test
  void theRulesNoticeWhatTheyForbid() {
    assertThat(violations(NAMES_SAY_WHAT_A_CLASS_IS, ConnectionManager.class))
        .contains("ConnectionManager");
    assertThat(violations(NO_SLEEP, TimeUnit.class)).contains("Thread.sleep");
    assertThat(violations(placedInTheDataPlane(SPRING), UsesSpring.class))
        .contains("SpringApplication");
    assertThat(
            violations(placedInTheDataPlane(resideInAnyPackage("io.micrometer..")), Counts.class))
        .contains("Counter");
    assertThat(
            violations(
                placedInTheDataPlane(resideInAnyPackage("reactor.core.publisher..")),
                Publishes.class))
        .contains("Mono");
    assertThat(publicTypes(MAIN).get("io.sluice.config")).isPositive();
  }

  @Test
  void theRulesLookAtRealClasses() {
    assertThat(MAIN.size()).isGreaterThan(50);
    assertThat(TESTS.contain(ArchitectureTest.class)).isTrue();
    assertThat(MAIN.contain(ArchitectureTest.class)).isFalse();
    assertThat(NOTHING_KNOWS_THE_MANAGEMENT_PLANE.evaluate(MAIN).hasViolation()).isFalse();
    assertThat(
            noClasses()
                .should()
                .dependOnClassesThat(resideInAnyPackage("io.sluice.admin.."))
                .evaluate(MAIN)
                .hasViolation())
        .as("main does use admin, so the rule's other half sees such uses")
        .isTrue();
  }

  /** The data plane's rule with the package left out, so that a class of this test can break it. */
  private static ArchRule placedInTheDataPlane(DescribedPredicate<JavaClass> forbidden) {
    return noClasses().should().dependOnClassesThat(forbidden);
  }

  private static String violations(ArchRule rule, Class<?> broken) {
    return Pattern.compile("\\s+")
        .matcher(
            rule.evaluate(new ClassFileImporter().importClasses(broken))
                .getFailureReport()
                .toString())
        .replaceAll(" ");
  }

  static final class ConnectionManager {}

  static final class UsesSpring {
    Class<?> used = org.springframework.boot.SpringApplication.class;
  }

  abstract static class Counts {
    abstract Counter counter();
  }

  abstract static class Publishes {
    abstract Mono<String> answer();
  }
}
