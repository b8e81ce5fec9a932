package bench;

import java.io.FileWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.sink.SinkConnector;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;

/** What tests/support/plugins/discard is for Weir: takes records, and writes when the first and the last one came. */
public class DiscardSink extends SinkConnector {
    private Map<String, String> config;

    @Override
    public void start(Map<String, String> props) {
        config = props;
    }

    @Override
    public void stop() {
    }

    @Override
    public Class<? extends Task> taskClass() {
        return DiscardTask.class;
    }

    @Override
    public List<Map<String, String>> taskConfigs(int maxTasks) {
        return Collections.nCopies(maxTasks, config);
    }

    @Override
    public ConfigDef config() {
        return new ConfigDef()
            .define("stats.file", ConfigDef.Type.STRING, "", ConfigDef.Importance.LOW, "Where to write the times.")
            .define("expect", ConfigDef.Type.LONG, 0L, ConfigDef.Importance.LOW, "Records until 'last' is written.");
    }

    @Override
    public String version() {
        return "1.0.0";
    }

    public static class DiscardTask extends SinkTask {
        private String file;
        private long expect;
        private long count;

        @Override
        public void start(Map<String, String> props) {
            file = props.get("stats.file");
            expect = Long.parseLong(props.get("expect"));
        }

        @Override
        public void put(Collection<SinkRecord> records) {
            long before = count;
            count += records.size();
            if (before == 0 && count > 0) {
                say("first " + System.currentTimeMillis());
            }
            if (before < expect && count >= expect) {
                say("last " + System.currentTimeMillis() + " " + count);
            }
        }

        @Override
        public void stop() {
        }

        @Override
        public String version() {
            return "1.0.0";
        }

        private void say(String line) {
            try (FileWriter out = new FileWriter(file, true)) {
                out.write(line + "\n");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
