import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.*;
import io.confluent.kafka.schemaregistry.ParsedSchema;
import io.confluent.kafka.schemaregistry.avro.*;
import io.confluent.kafka.schemaregistry.json.*;
import io.confluent.kafka.schemaregistry.protobuf.*;
import io.confluent.kafka.schemaregistry.client.*;
import org.apache.kafka.connect.data.*;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.storage.Converter;
import java.io.*;
import java.nio.*;
import java.nio.charset.StandardCharsets;
import java.util.*;

/** Cases through Confluent's converters: one JSON object a line. */
public class RegistryOracle {
    static final HexFormat HEX = HexFormat.of();
    static Random random = new Random(1);

    static Converter converter(String format, SchemaRegistryClient client) throws Exception {
        switch (format) {
            case "avro": return new io.confluent.connect.avro.AvroConverter(client);
            case "protobuf": return new io.confluent.connect.protobuf.ProtobufConverter(client);
            default: return new io.confluent.connect.json.JsonSchemaConverter(client);
        }
    }

    static ParsedSchema parsed(String format, String text) {
        return format.equals("avro") ? new AvroSchema(text) : format.equals("protobuf") ? new ProtobufSchema(text) : new JsonSchema(text);
    }

    static Object scalar(Descriptors.FieldDescriptor f) {
        long[] nums = {0, 1, -1, 127, 300, 2147483647L, -2147483648L, 4294967295L, Long.MAX_VALUE, Long.MIN_VALUE, 1700000000123L};
        long n = nums[random.nextInt(nums.length)];
        switch (f.getJavaType()) {
            case INT: return (int) n;
            case LONG: return n;
            case FLOAT: return new float[] {0f, -0f, 1.5f, Float.NaN, Float.POSITIVE_INFINITY, 3.4e38f, 0.1f}[random.nextInt(7)];
            case DOUBLE: return new double[] {0, -0.0, 1.5, Double.NaN, Double.NEGATIVE_INFINITY, 1e300, 0.1}[random.nextInt(7)];
            case BOOLEAN: return random.nextBoolean();
            case STRING: return new String[] {"", "x", "h\u00e9", "\ud83d\ude00", "7"}[random.nextInt(5)];
            case BYTE_STRING: return ByteString.copyFrom(new byte[random.nextInt(4)]);
            case ENUM: return f.getEnumType().getValues().get(random.nextInt(f.getEnumType().getValues().size()));
            default: return null;
        }
    }
    static Message message(Descriptors.Descriptor d, int depth) {
        DynamicMessage.Builder b = DynamicMessage.newBuilder(d);
        for (Descriptors.FieldDescriptor f : d.getFields()) {
            if (f.isRepeated()) {
                int n = random.nextInt(3);
                for (int i = 0; i < n && (depth < 4 || f.getJavaType() != Descriptors.FieldDescriptor.JavaType.MESSAGE); ++i)
                    b.addRepeatedField(f, value(f, depth));
            } else if (f.isRequired() || random.nextInt(3) > 0) {
                if (depth < 4 || f.getJavaType() != Descriptors.FieldDescriptor.JavaType.MESSAGE || f.isRequired()) b.setField(f, value(f, depth));
            }
        }
        return b.build();
    }
    static Object value(Descriptors.FieldDescriptor f, int depth) {
        if (f.getJavaType() != Descriptors.FieldDescriptor.JavaType.MESSAGE) return scalar(f);
        Descriptors.Descriptor d = f.getMessageType();
        if (d.getFullName().equals("google.protobuf.Timestamp"))
            return DynamicMessage.newBuilder(d).setField(d.findFieldByName("seconds"), (long) random.nextInt(2000000000) - (random.nextInt(4) == 0 ? 2000000000L : 0)).setField(d.findFieldByName("nanos"), random.nextInt(1000) * 1000000 + random.nextInt(2)).build();
        if (d.getFullName().equals("google.type.Date"))
            return DynamicMessage.newBuilder(d).setField(d.findFieldByName("year"), 1900 + random.nextInt(300)).setField(d.findFieldByName("month"), 1 + random.nextInt(12)).setField(d.findFieldByName("day"), 1 + random.nextInt(28)).build();
        if (d.getFullName().equals("google.type.TimeOfDay"))
            return DynamicMessage.newBuilder(d).setField(d.findFieldByName("hours"), random.nextInt(24)).setField(d.findFieldByName("minutes"), random.nextInt(60)).setField(d.findFieldByName("seconds"), random.nextInt(60)).setField(d.findFieldByName("nanos"), random.nextInt(1000) * 1000000).build();
        return message(d, depth + 1);
    }

    public static void main(String[] a) throws Exception {
        ObjectMapper m = new ObjectMapper();
        JsonConverter json = new JsonConverter();
        json.configure(Map.of("schemas.enable", "true", "decimal.format", "BASE64", "replace.null.with.default", "false"), false);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, false, "UTF-8");
        for (String line; (line = in.readLine()) != null;) {
            ObjectNode o = (ObjectNode) m.readTree(line);
            try {
                String format = o.get("format").asText();
                MockSchemaRegistryClient client = new MockSchemaRegistryClient(List.of(new AvroSchemaProvider(), new ProtobufSchemaProvider(), new JsonSchemaProvider()));
                Converter c = converter(format, client);
                Map<String, String> options = new HashMap<>();
                if (o.has("options")) o.get("options").fields().forEachRemaining(e -> options.put(e.getKey(), e.getValue().asText()));
                options.put("schema.registry.url", "mock://x");
                c.configure(options, false);
                if (o.get("mode").asText().equals("from")) {
                    SchemaAndValue sv = json.toConnectData("t", o.get("connect").asText().getBytes(StandardCharsets.UTF_8));
                    byte[] bytes = c.fromConnectData("t", sv.schema(), sv.value());
                    if (bytes == null) o.putNull("data");
                    else {
                        int id = ByteBuffer.wrap(bytes, 1, 4).getInt();
                        o.put("schema", client.getSchemaById(id).canonicalString());
                        o.put("data", HEX.formatHex(bytes, 5, bytes.length));
                        try {
                            MockSchemaRegistryClient other = new MockSchemaRegistryClient(List.of(new AvroSchemaProvider(), new ProtobufSchemaProvider(), new JsonSchemaProvider()));
                            ParsedSchema again = parsed(format, o.get("schema").asText());
                            int other_id = other.register("t-value", again);
                            Converter oc = converter(format, other);
                            oc.configure(options, false);
                            SchemaAndValue back = oc.toConnectData("t", ByteBuffer.wrap(bytes.clone()).putInt(1, other_id).array());
                            o.put("back", new String(json.fromConnectData("t", back.schema(), back.value()), StandardCharsets.UTF_8));
                        } catch (Throwable t) { o.put("back_error", String.valueOf(t.getCause() != null ? t.getCause() : t)); }
                    }
                } else {
                    ParsedSchema s = parsed(format, o.get("schema").asText());
                    int id = client.register("t-value", s);
                    if (!o.has("data")) {
                        random = new Random(o.path("seed").asLong());
                        ProtobufSchema ps = (ProtobufSchema) s;
                        List<Descriptors.Descriptor> all = new ArrayList<>(ps.toDescriptor().getFile().getMessageTypes());
                        for (int i = 0; i < all.size(); ++i) for (Descriptors.Descriptor n : all.get(i).getNestedTypes()) if (!n.getOptions().getMapEntry()) all.add(n);
                        Descriptors.Descriptor d = all.get(random.nextInt(3) > 0 ? 0 : random.nextInt(all.size()));
                        MessageIndexes index = ps.toMessageIndexes(d.getFullName());
                        o.put("data", HEX.formatHex(index.toByteArray()) + HEX.formatHex(message(d, 0).toByteArray()));
                    }
                    byte[] data = HEX.parseHex(o.get("data").asText());
                    ByteBuffer framed = ByteBuffer.allocate(5 + data.length).put((byte) 0).putInt(id).put(data);
                    SchemaAndValue v = c.toConnectData("t", framed.array());
                    byte[] text = json.fromConnectData("t", v.schema(), v.value());
                    if (text == null) o.putNull("connect"); else o.put("connect", new String(text, StandardCharsets.UTF_8));
                }
            } catch (Throwable t) {
                StringBuilder e = new StringBuilder();
                for (Throwable x = t; x != null; x = x.getCause()) e.append(e.length() > 0 ? " <- " : "").append(x.getClass().getSimpleName()).append(": ").append(x.getMessage());
                o.put("error", e.toString());
            }
            out.println(m.writeValueAsString(o));
        }
        out.flush();
    }
}
