package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/** The sizes that keep code readable, measured on all sources by the JDK's own parser. */
class SourceRulesTest {
  private static final int MOST_LINES_OF_A_FILE = 500;
  private static final int MOST_LINES_OF_A_METHOD = 60;
  private static final int MOST_PARAMETERS = 7;

  @Test
  void filesMethodsAndParameterListsStayShort() throws IOException {
    List<JavaFileObject> sources = new ArrayList<>();
    for (String root : List.of("src/main/java", "src/test/java", "src/jmh/java")) {
      if (Files.exists(Path.of(root))) {
        try (Stream<Path> files = Files.walk(Path.of(root))) {
          for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
            sources.add(source(file.toString(), Files.readString(file)));
          }
        }
      }
    }
    assertThat(sources).as("sources found").hasSizeGreaterThan(50);
    assertThat(violations(sources)).isEmpty();
  }

  @Test
  void aLongFileIsNoticed() throws IOException {
    assertThat(check("class A {}\n" + "\n".repeat(MOST_LINES_OF_A_FILE)))
        .containsExactly("A.java has 501 lines, at most 500");
  }

  @Test
  void aLongMethodIsNoticedAndItsJavadocNotCounted() throws IOException {
    String longest = "/**\n * Much text.\n */\nvoid b() {\n" + "\n".repeat(58) + "}\n";
    assertThat(check("class A {\n" + longest + "}\n")).isEmpty();
    assertThat(check("class A {\n" + longest.replace("{\n", "{\n\n") + "}\n"))
        .containsExactly("A.java:5 method b has 61 lines, at most 60");
  }

  @Test
  void aTableOfCasesMayBeLong() throws IOException {
    String rows = "() {\n" + "\n".repeat(70) + "return null; }\n";
    assertThat(check("class A {\nstatic Stream<RequestCase> rows" + rows + "}")).isEmpty();
    assertThat(check("class A {\nStream<RequestCase> rows" + rows + "}")).hasSize(1);
  }

  @Test
  void aLongParameterListIsNoticedExceptOfARecord() throws IOException {
    String eight = "(int a, int b, int c, int d, int e, int f, int g, int h)";
    assertThat(check("record A" + eight + " { A {} }")).isEmpty();
    assertThat(check("class A {\n  A" + eight + " {}\n}"))
        .containsExactly("A.java:2 constructor of A has 8 parameters, at most 7");
  }

  private static List<String> check(String text) throws IOException {
    return violations(List.of(source("A.java", text)));
  }

  private static JavaFileObject source(String name, String text) {
    return new SimpleJavaFileObject(URI.create("file:///" + name), JavaFileObject.Kind.SOURCE) {
      @Override
      public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return text;
      }

      @Override
      public String getName() {
        return name;
      }
    };
  }

  private static List<String> violations(List<JavaFileObject> sources) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    JavacTask task = (JavacTask) compiler.getTask(null, null, null, null, null, sources);
    SourcePositions positions = Trees.instance(task).getSourcePositions();
    List<String> violations = new ArrayList<>();
    for (CompilationUnitTree unit : task.parse()) {
      String name = unit.getSourceFile().getName();
      long lines = unit.getSourceFile().getCharContent(true).toString().lines().count();
      if (lines > MOST_LINES_OF_A_FILE) {
        violations.add("%s has %d lines, at most %d".formatted(name, lines, MOST_LINES_OF_A_FILE));
      }
      new MethodScanner(unit, positions, violations).scan(unit, null);
    }
    return violations;
  }

  /** Looks at every method of one file. */
  private static final class MethodScanner extends TreeScanner<Void, ClassTree> {
    private final CompilationUnitTree unit;
    private final SourcePositions positions;
    private final List<String> violations;

    MethodScanner(CompilationUnitTree unit, SourcePositions positions, List<String> violations) {
      this.unit = unit;
      this.positions = positions;
      this.violations = violations;
    }

    @Override
    public Void visitClass(ClassTree type, ClassTree outer) {
      return super.visitClass(type, type);
    }

    @Override
    public Void visitMethod(MethodTree method, ClassTree type) {
      long first = line(positions.getStartPosition(unit, method));
      long lines = line(positions.getEndPosition(unit, method)) - first + 1;
      boolean constructor = method.getName().contentEquals("<init>");
      String what =
          constructor ? "constructor of " + type.getSimpleName() : "method " + method.getName();
      String where = unit.getSourceFile().getName() + ":" + first + " " + what;
      if (lines > MOST_LINES_OF_A_METHOD && !isTableOfCases(method)) {
        violations.add(
            "%s has %d lines, at most %d".formatted(where, lines, MOST_LINES_OF_A_METHOD));
      }
      int parameters = method.getParameters().size();
      boolean ofRecord = constructor && type.getKind() == Tree.Kind.RECORD;
      if (parameters > MOST_PARAMETERS && !ofRecord) {
        violations.add(
            "%s has %d parameters, at most %d".formatted(where, parameters, MOST_PARAMETERS));
      }
      return super.visitMethod(method, type);
    }

    /** The rows of a parameterised test are data: cutting them in two makes nothing clearer. */
    private static boolean isTableOfCases(MethodTree method) {
      return method.getModifiers().getFlags().contains(Modifier.STATIC)
          && method.getParameters().isEmpty()
          && String.valueOf(method.getReturnType()).matches("Stream<\\w*(Case|Arguments)>");
    }

    private long line(long position) {
      return unit.getLineMap().getLineNumber(position);
    }
  }
}
