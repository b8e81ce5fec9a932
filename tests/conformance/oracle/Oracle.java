import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.runtime.ConnectMetrics;
import org.apache.kafka.connect.runtime.ConnectorConfig;
import org.apache.kafka.connect.runtime.SinkConnectorConfig;
import org.apache.kafka.connect.runtime.TransformationStage;
import org.apache.kafka.connect.runtime.isolation.Plugins;
import org.apache.kafka.connect.runtime.standalone.StandaloneConfig;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.storage.Converter;
import org.apache.kafka.connect.storage.HeaderConverter;
import org.apache.kafka.connect.util.ConnectorTaskId;

/**
 * What Apache Kafka Connect's own classes make of cases: one {"config", "records"} a line in, one
 * {"want": [...]}, {"refused": [[key, message], ...]} or {"refused_late": message} a line out. Records are those of
 * `weir transform`. "refused" is what a PUT of the config answers; "refused_late" is the error its tasks would fail with.
 */
public class Oracle {
    static final ObjectMapper JSON = new ObjectMapper();
    static final String[] CONVERTERS = {"key.converter", "value.converter", "header.converter"};
    static Plugins plugins;
    static ConnectMetrics metrics;
    static int count = 0;

    static Map<String, String> under(Map<String, String> config, String prefix) {
        Map<String, String> out = new HashMap<>();
        config.forEach((k, v) -> { if (k.startsWith(prefix)) out.put(k.substring(prefix.length()), v); });
        return out;
    }

    static byte[] bytes(JsonNode record, String name) {
        if (record.has(name + "_base64")) return Base64.getDecoder().decode(record.get(name + "_base64").asText());
        return bytes(record.get(name));
    }

    static byte[] bytes(JsonNode n) {
        if (n == null || n.isNull()) return null;
        if (n.isObject()) return Base64.getDecoder().decode(n.get("base64").asText());
        return (n.isTextual() ? n.asText() : n.toString()).getBytes(StandardCharsets.UTF_8);
    }

    /** null: not UTF-8. */
    static String text(byte[] b) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(b)).toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    static void put(ObjectNode out, String name, byte[] b) {
        if (b == null) out.set(name, NullNode.instance);
        else if (text(b) != null) out.put(name, text(b));
        else out.put(name + "_base64", Base64.getEncoder().encodeToString(b));
    }

    static void collect(List<String[]> problems, Iterable<ConfigValue> values, String prefix) {
        for (ConfigValue value : values)
            for (String message : value.errorMessages()) problems.add(new String[] {prefix + value.name(), message});
    }

    /** As AbstractHerder.validateConnectorConfig does. */
    static List<String[]> problems(Map<String, String> config) {
        List<String[]> problems = new ArrayList<>();
        try {
            ConfigDef def = ConnectorConfig.enrich(plugins, SinkConnectorConfig.configDef(), config, false);
            collect(problems, def.validateAll(config).values(), "");
        } catch (Exception e) {
            problems.add(new String[] {"", e.getMessage()});
        }
        for (String key : CONVERTERS) {
            String name = config.get(key);
            if (name == null) continue;
            try {
                Object made = plugins.newPlugin(name);
                ConfigDef own = made instanceof HeaderConverter && key.startsWith("header") ? ((HeaderConverter) made).config() : ((Converter) made).config();
                Map<String, String> options = new HashMap<>(under(config, key + "."));
                options.put("converter.type", key.substring(0, key.indexOf('.')));
                collect(problems, own.validateAll(options).values(), key + ".");
            } catch (Throwable e) {
                boolean there = problems.stream().anyMatch(p -> p[0].equals(key));
                if (!there) problems.add(new String[] {key, String.valueOf(e.getMessage())});
            }
        }
        return problems;
    }

    static String message(Throwable e) {
        StringBuilder out = new StringBuilder();
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (out.length() > 0) out.append(" <- ");
            out.append(t.getClass().getSimpleName()).append(": ").append(t.getMessage());
        }
        return out.toString();
    }

    static ObjectNode run(JsonNode r, Converter kc, Converter vc, HeaderConverter hc, List<TransformationStage<SinkRecord>> chain) {
        ObjectNode o = JSON.createObjectNode();
        String stage = "HEADER_CONVERTER";
        try {
            String topic = r.get("topic").asText();
            ConnectHeaders headers = new ConnectHeaders();
            if (r.has("headers"))
                for (JsonNode h : r.get("headers")) {
                    String name = h.get(0).asText();
                    headers.add(name, hc.toConnectHeader(topic, name, bytes(h.get(1))));
                }
            stage = "KEY_CONVERTER";
            SchemaAndValue k = kc.toConnectData(topic, bytes(r, "key"));
            stage = "VALUE_CONVERTER";
            SchemaAndValue v = vc.toConnectData(topic, bytes(r, "value"));
            SinkRecord record = new SinkRecord(topic, r.path("partition").asInt(0), k.schema(), k.value(), v.schema(), v.value(),
                r.path("offset").asLong(0), r.hasNonNull("timestamp") ? (Long) r.get("timestamp").asLong() : null,
                TimestampType.CREATE_TIME, headers);
            stage = "TRANSFORMATION";
            for (TransformationStage<SinkRecord> step : chain) {
                record = step.apply(record);
                if (record == null) return o.put("dropped", true);
            }
            stage = "OUT";
            o.put("topic", record.topic());
            if (record.kafkaPartition() != null) o.put("partition", record.kafkaPartition());
            if (record.timestamp() != null) o.put("timestamp", record.timestamp());
            put(o, "key", kc.fromConnectData(record.topic(), record.keySchema(), record.key()));
            put(o, "value", vc.fromConnectData(record.topic(), record.valueSchema(), record.value()));
            ArrayNode list = o.putArray("headers");
            for (Header h : record.headers()) {
                byte[] raw = hc.fromConnectHeader(record.topic(), h.key(), h.schema(), h.value());
                ArrayNode pair = list.addArray().add(h.key());
                if (raw == null) pair.addNull();
                else if (text(raw) != null) pair.add(text(raw));
                else pair.addObject().put("base64", Base64.getEncoder().encodeToString(raw));
            }
        } catch (Throwable e) {
            o.removeAll();
            o.put("error", stage);
            o.put("message", message(e));
        }
        return o;
    }

    /** Weir's short name of a class that Kafka Connect finds by its whole name only. */
    static String whole(String key, String name) {
        if (name.contains(".") || name.isEmpty()) return name;
        if (key.endsWith(".type") && name.contains("$")) return "org.apache.kafka.connect.transforms." + name;
        if (key.endsWith(".converter"))
            for (String folder : new String[] {"converters.", "storage.", "json."})
                for (String tail : new String[] {"", "Converter"})
                    try {
                        return Class.forName("org.apache.kafka.connect." + folder + name + tail).getName();
                    } catch (ClassNotFoundException e) {
                        // another folder
                    }
        return name;
    }

    static void answer(JsonNode item, ObjectNode out) {
        Map<String, String> config = new LinkedHashMap<>();
        config.put("name", "c" + count++);
        config.put("connector.class", "org.apache.kafka.connect.tools.MockSinkConnector");
        config.put("topics", "t");
        for (String key : CONVERTERS)
            config.put(key, key.startsWith("header") ? "org.apache.kafka.connect.storage.SimpleHeaderConverter" : "org.apache.kafka.connect.json.JsonConverter");
        item.get("config").fields().forEachRemaining(e -> config.put(e.getKey(), e.getValue().isTextual() ? e.getValue().asText() : e.getValue().toString()));
        config.replaceAll((k, v) -> whole(k, v));
        List<String[]> problems = problems(config);
        if (!problems.isEmpty()) {
            ArrayNode list = out.putArray("refused");
            for (String[] p : problems) list.addArray().add(p[0]).add(p[1]);
            return;
        }
        List<TransformationStage<SinkRecord>> chain = new ArrayList<>();
        try {
            Converter kc = (Converter) plugins.newPlugin(config.get("key.converter"));
            kc.configure(under(config, "key.converter."), true);
            Converter vc = (Converter) plugins.newPlugin(config.get("value.converter"));
            vc.configure(under(config, "value.converter."), false);
            HeaderConverter hc = (HeaderConverter) plugins.newPlugin(config.get("header.converter"));
            Map<String, String> options = under(config, "header.converter.");
            options.put("converter.type", "header");
            hc.configure(options);
            chain = new SinkConnectorConfig(plugins, config).transformationStages(plugins, new ConnectorTaskId(config.get("name"), 0), metrics);
            ArrayNode list = JSON.createArrayNode();
            for (JsonNode r : item.get("records")) list.add(run(r, kc, vc, hc, chain));
            out.set("want", list);
        } catch (Throwable e) {
            out.put("refused_late", message(e));
        }
        for (TransformationStage<SinkRecord> step : chain) step.close();
    }

    public static void main(String[] args) throws Exception {
        Map<String, String> worker = new HashMap<>();
        worker.put("bootstrap.servers", "127.0.0.1:1");
        worker.put("key.converter", "org.apache.kafka.connect.json.JsonConverter");
        worker.put("value.converter", "org.apache.kafka.connect.json.JsonConverter");
        worker.put("offset.storage.file.filename", "/dev/null");
        worker.put("plugin.discovery", "only_scan");
        plugins = new Plugins(worker);
        plugins.compareAndSwapWithDelegatingLoader();
        metrics = new ConnectMetrics("oracle", new StandaloneConfig(worker), Time.SYSTEM, "cluster");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, false, "UTF-8");
        for (String line; (line = in.readLine()) != null; ) {
            JsonNode item = JSON.readTree(line);
            ObjectNode result = JSON.createObjectNode();
            if (item.has("id")) result.set("id", item.get("id"));
            answer(item, result);
            out.println(JSON.writeValueAsString(result));
        }
        out.flush();
        System.exit(0);
    }
}
