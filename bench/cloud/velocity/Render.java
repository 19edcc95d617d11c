import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.app.VelocityEngine;

/** Renders each template of a folder, NAME.vtl, to NAME.txt beside it; what fails is in NAME.error. */
public class Render {
    public static void main(String[] arguments) throws Exception {
        VelocityEngine engine = new VelocityEngine();
        // As Velocity 1 has blanks around directives; Velocity 1 itself does not know it.
        engine.setProperty("parser.space_gobbling", "bc");
        engine.setProperty("runtime.log.logsystem.class", "org.apache.velocity.runtime.log.NullLogChute");
        engine.init();
        try (var files = Files.newDirectoryStream(Path.of(arguments[0]), "*.vtl")) {
            for (Path file : files) {
                String name = file.toString().replaceAll("vtl$", "");
                StringWriter text = new StringWriter();
                try {
                    engine.evaluate(new VelocityContext(), text, "template", Files.readString(file));
                    Files.writeString(Path.of(name + "txt"), text.toString());
                } catch (RuntimeException error) {
                    Files.writeString(Path.of(name + "error"), String.valueOf(error));
                }
            }
        }
    }
}
