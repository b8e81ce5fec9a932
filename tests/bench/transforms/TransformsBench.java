import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.storage.Converter;
import org.apache.kafka.connect.storage.SimpleHeaderConverter;
import org.apache.kafka.connect.transforms.Transformation;

/** Records per CPU second of Kafka Connect's own classes, and of Confluent's converters beside a registry in memory where they are there, on the cases of cases.json, one thread, warmed up. */
public class TransformsBench {
    static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    static final long WARM_NS = Long.getLong("warm.ms", 3000) * 1_000_000L, RUN_NS = Long.getLong("run.ms", 2000) * 1_000_000L;
    static Object sink;

    interface Work { Object once() throws Exception; }

    static double rate(Work work) throws Exception {
        double best = 0;
        for (long budget : new long[] {WARM_NS, RUN_NS}) {
            long start = THREADS.getCurrentThreadCpuTime(), n = 0, used;
            do {
                for (int i = 0; i < 1000; ++i) sink = work.once();
                n += 1000;
                used = THREADS.getCurrentThreadCpuTime() - start;
            } while (used < budget);
            best = n * 1e9 / used;
        }
        return best;
    }

    static Map<String, String> under(JsonNode config, String prefix) {
        Map<String, String> out = new HashMap<>();
        config.fields().forEachRemaining(e -> { if (e.getKey().startsWith(prefix)) out.put(e.getKey().substring(prefix.length()), e.getValue().asText()); });
        return out;
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    public static void main(String[] args) throws Exception {
        JsonNode file = new ObjectMapper().readTree(new File(args[0]));
        for (JsonNode c : file.get("cases")) {
            JsonNode config = c.get("config");
            String kind = c.get("kind").asText();
            byte[] raw = file.get("records").get(c.get("data").asText()).asText().getBytes(StandardCharsets.UTF_8);
            Work work;
            if (kind.startsWith("registry")) {
                Class<?> type;
                try {
                    type = Class.forName(config.get("value.converter").asText());
                } catch (ClassNotFoundException e) {
                    continue;  // Confluent's; run.py --confluent
                }
                JsonConverter json = new JsonConverter();
                json.configure(new HashMap<>(), false);
                SchemaAndValue v = json.toConnectData("sales-store", raw);
                Converter converter = (Converter) type.getDeclaredConstructor().newInstance();
                converter.configure(Map.of("schema.registry.url", "mock://" + c.get("name").asText().replace(' ', '-')), false);
                byte[] message = converter.fromConnectData("sales-store", v.schema(), v.value());
                work = kind.endsWith("decode") ? () -> converter.toConnectData("sales-store", message) : () -> converter.fromConnectData("sales-store", v.schema(), v.value());
            } else if (kind.startsWith("header")) {
                SimpleHeaderConverter hc = new SimpleHeaderConverter();
                hc.configure(new HashMap<>());
                byte[] text = config.get("header").asText().getBytes(StandardCharsets.UTF_8);
                SchemaAndValue v = hc.toConnectHeader("t", "h", text);
                work = kind.endsWith("decode") ? () -> hc.toConnectHeader("t", "h", text) : () -> hc.fromConnectHeader("t", "h", v.schema(), v.value());
            } else {
                Converter vc = (Converter) Class.forName(config.get("value.converter").asText()).getDeclaredConstructor().newInstance();
                vc.configure(under(config, "value.converter."), false);
                List<Transformation> chain = new ArrayList<>();
                for (String alias : config.path("transforms").asText().split(",")) {
                    if (alias.isEmpty()) continue;
                    Map<String, String> options = under(config, "transforms." + alias + ".");
                    Transformation t = (Transformation) Class.forName(options.remove("type")).getDeclaredConstructor().newInstance();
                    t.configure(options);
                    chain.add(t);
                }
                SchemaAndValue v = vc.toConnectData("sales-store", raw);
                ConnectHeaders headers = new ConnectHeaders();
                headers.addString("h1", "x");
                headers.addString("h2", "y");
                SinkRecord record = new SinkRecord("sales-store", 0, null, "key", v.schema(), v.value(), 5, 1700000000000L, TimestampType.CREATE_TIME, headers);
                if (kind.equals("decode")) work = () -> vc.toConnectData("sales-store", raw);
                else if (kind.equals("encode")) work = () -> vc.fromConnectData("sales-store", v.schema(), v.value());
                else if (kind.equals("transform")) work = () -> chain.get(0).apply(record);
                else work = () -> {
                    SchemaAndValue x = vc.toConnectData("sales-store", raw);
                    SinkRecord r = new SinkRecord("sales-store", 0, null, "key", x.schema(), x.value(), 5, 1700000000000L, TimestampType.CREATE_TIME, null);
                    for (Transformation t : chain) r = (SinkRecord) t.apply(r);
                    return vc.fromConnectData(r.topic(), r.valueSchema(), r.value());
                };
            }
            System.out.println(c.get("name").asText() + "\t" + kind + "\t" + Math.round(rate(work)));
            System.out.flush();
        }
        System.exit(0);
    }
}
