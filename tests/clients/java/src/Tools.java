import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.apache.kafka.common.utils.Exit;

/** Apache's command-line tools, one after the other in this process: each one's main method, its exit caught, its output read. */
final class Tools {
    /** Ends a tool's main method where it wants to end the process. */
    private static final class Ended extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    // The first code counts: some tools catch everything, and then want to exit once more.
    private static Integer exitCode;

    private final String bootstrap;
    private final String topic;
    private final String group;
    private final PrintStream terminal = System.out;

    private Tools(Broker broker, String prefix) {
        bootstrap = broker.bootstrap();
        topic = prefix + "-tools";
        group = prefix + "-group";
    }

    static void run(Broker broker, String prefix) throws Exception {
        Exit.setExitProcedure((code, message) -> end(code));
        Exit.setHaltProcedure((code, message) -> end(code));
        var tools = new Tools(broker, prefix);
        try {
            tools.all();
        } finally {
            System.setOut(tools.terminal);
            System.setErr(tools.terminal);
        }
    }

    private void all() throws Exception {
        cluster();
        topics();
        configs();
        console();
        groups();
        offsets();
        verifiable();
        performance();
        tool("TopicCommand", "--delete --topic %s");
    }

    private static void end(int code) {
        if (exitCode == null)
            exitCode = code;
        throw new Ended();
    }

    private void cluster() throws Exception {
        Check.that(tool("ClusterTool", "cluster-id").contains("Cluster ID: "), "no cluster id");
        String versions = tool("BrokerApiVersionsCommand", "");
        Check.that(versions.contains("Produce(0): ") && versions.contains("Fetch(1): ") && versions.contains("ApiVersions(18): "), versions);
    }

    private void topics() throws Exception {
        tool("TopicCommand", "--create --topic %s --partitions 3 --replication-factor 1 --config retention.ms=3600000");
        Check.that(tool("TopicCommand", "--list").lines().anyMatch(topic::equals), "the topic is not listed");
        tool("TopicCommand", "--alter --topic %s --partitions 4");
        String described = tool("TopicCommand", "--describe --topic %s");
        Check.that(described.contains("PartitionCount: 4") && described.contains("retention.ms=3600000") && described.contains("Partition: 3"), described);
        // "N/A" where the broker does not know DescribeTopicPartitions.
        Check.that(described.contains("Elr: \tLastKnownElr: "), described);
        tool("TopicCommand", "--create --if-not-exists --topic %s");
        Check.same(1, code("TopicCommand", "--create --topic %s"), "exit code of creating a topic that is there");
        Check.that(tool("LogDirsCommand", "--describe --topic-list %s").contains(topic + "-3"), "no log dir of partition 3");
    }

    private void configs() throws Exception {
        String command = "kafka.admin.ConfigCommand";
        tool(command, "--alter --entity-type topics --entity-name %s --add-config max.message.bytes=2000000,cleanup.policy=[delete,compact]");
        String described = tool(command, "--describe --entity-type topics --entity-name %s");
        Check.that(described.contains("max.message.bytes=2000000") && described.contains("cleanup.policy=delete,compact"), described);
        tool(command, "--alter --entity-type topics --entity-name %s --delete-config max.message.bytes,cleanup.policy");
        Check.that(!tool(command, "--describe --entity-type topics --entity-name %s").contains("max.message.bytes=2000000"), "the configuration is still there");
        Check.that(tool(command, "--describe --all --entity-type topics --entity-name %s").contains("cleanup.policy=delete"), "no default is described");
    }

    private void console() throws Exception {
        var lines = new StringBuilder();
        for (int n = 0; n < 200; n++)
            lines.append("k").append(n % 10).append(":v").append(n).append('\n');
        System.setIn(new ByteArrayInputStream(lines.toString().getBytes(StandardCharsets.UTF_8)));
        tool("ConsoleProducer", "--topic %s --reader-property parse.key=true --reader-property key.separator=: --compression-codec lz4");
        String read = tool("consumer.ConsoleConsumer", "--topic %s --group %g --from-beginning --max-messages 200 --timeout-ms 20000 --formatter-property print.key=true --formatter-property print.partition=true --formatter-property print.offset=true --formatter-property print.timestamp=true");
        Check.same(200L, read.lines().filter(l -> Pattern.matches("CreateTime:\\d+\tPartition:\\d\tOffset:\\d+\tk\\d\tv\\d+", l)).count(), "lines of the console consumer");
    }

    private void groups() throws Exception {
        String command = "consumer.group.ConsumerGroupCommand";
        Check.that(tool(command, "--list").lines().anyMatch(group::equals), "the group is not listed");
        Check.that(tool(command, "--describe --group %g --state").contains("Empty"), "the group's state is not Empty");
        Check.that(tool(command, "--describe --group %g --members").contains("has no active members"), "members");
        String offsets = tool(command, "--describe --group %g");
        Check.same(200L, offsets.lines().filter(l -> l.startsWith(group)).mapToLong(l -> Long.parseLong(l.split("\\s+")[3])).sum(), "committed offsets in all");
        tool(command, "--reset-offsets --group %g --topic %s --to-earliest --execute");
        String reset = tool(command, "--describe --group %g");
        Check.same(200L, reset.lines().filter(l -> l.startsWith(group)).mapToLong(l -> Long.parseLong(l.split("\\s+")[5])).sum(), "lag after the reset");
        tool(command, "--reset-offsets --group %g --topic %s --shift-by 1 --execute");
        tool(command, "--reset-offsets --group %g --topic %s --to-datetime 2100-01-01T00:00:00.000 --execute");
        tool(command, "--delete-offsets --group %g --topic %s");
        tool(command, "--delete --group %g");
        Check.that(tool(command, "--list").lines().noneMatch(group::equals), "the deleted group is listed");
    }

    private void offsets() throws Exception {
        Check.same(200L, sum(tool("GetOffsetShell", "--topic %s --time latest")), "latest offsets in all");
        Check.same(0L, sum(tool("GetOffsetShell", "--topic %s --time earliest")), "earliest offsets in all");
        tool("GetOffsetShell", "--topic %s --time max-timestamp");
        long inPartition0 = Long.parseLong(tool("GetOffsetShell", "--topic-partitions %s:0 --time latest").trim().split(":")[2]);
        Check.that(inPartition0 > 0, "nothing is in partition 0");
        Path file = Files.createTempFile("offsets", ".json");
        Files.writeString(file, "{\"version\":1,\"partitions\":[{\"topic\":\"" + topic + "\",\"partition\":0,\"offset\":-1}]}");
        tool("DeleteRecordsCommand", "--offset-json-file " + file);
        Files.delete(file);
        Check.same(inPartition0, sum(tool("GetOffsetShell", "--topic %s --time earliest")), "earliest offsets after records were deleted");
    }

    /** The lines of this topic alone: what the verifiable producer still prints may stand between them. */
    private long sum(String offsets) {
        return offsets.lines().filter(l -> l.startsWith(topic + ":")).mapToLong(l -> Long.parseLong(l.split(":")[2])).sum();
    }

    private void verifiable() throws Exception {
        // The tool waits for its acknowledgements in a hook at the process's end: they come a little later than it returns.
        long before = records();
        tool("VerifiableProducer", "--topic %s --max-messages 500 --acks -1");
        Check.eventually(before + 500, this::records, "records in the topic");
        long left = records();
        String consumed = tool("VerifiableConsumer", "--topic %s --group-id %g-verifies --reset-policy earliest --max-messages " + left);
        long counted = consumed.lines().filter(l -> l.contains("\"name\":\"records_consumed\"")).mapToLong(Tools::count).sum();
        Check.same(left, counted, "records that the consumer counted");
    }

    private long records() throws Exception {
        return sum(tool("GetOffsetShell", "--topic %s --time latest")) - sum(tool("GetOffsetShell", "--topic %s --time earliest"));
    }

    /** The first count in a line is that of all partitions. */
    private static long count(String line) {
        var found = Pattern.compile("\"count\":(\\d+)").matcher(line);
        return found.find() ? Long.parseLong(found.group(1)) : 0;
    }

    private void performance() throws Exception {
        Check.that(tool("ProducerPerformance", "--topic %s --num-records 20000 --record-size 100 --throughput -1 --bootstrap-server %b").contains("20000 records sent"), "the producer's summary");
        Check.that(tool("ConsumerPerformance", "--topic %s --group %g-measures --num-records 10000 --timeout 20000").contains("data.consumed.in.MB"), "the consumer's summary");
    }

    /** Runs one tool and returns what it printed; a code other than 0 fails. */
    private String tool(String name, String options) throws Exception {
        var printed = new ByteArrayOutputStream();
        int code = run(name, options, printed);
        String text = printed.toString(StandardCharsets.UTF_8);
        Check.that(code == 0, name + " " + options + ": exit code " + code + "\n" + text);
        return text;
    }

    private int code(String name, String options) throws Exception {
        return run(name, options, new ByteArrayOutputStream());
    }

    private int run(String name, String options, ByteArrayOutputStream printed) throws Exception {
        String line = (options.contains("%b") ? "" : "--bootstrap-server %b ") + options;
        if (name.equals("ClusterTool"))
            line = options + " --bootstrap-server %b";
        String[] args = Arrays.stream(line.trim().split(" ")).map(a -> a.replace("%b", bootstrap).replace("%s", topic).replace("%g", group)).toArray(String[]::new);
        var type = Class.forName(name.startsWith("kafka.") ? name : "org.apache.kafka.tools." + name);
        var capture = new PrintStream(printed, true, StandardCharsets.UTF_8);
        System.setOut(capture);
        System.setErr(capture);
        try {
            exitCode = null;
            type.getMethod("main", String[].class).invoke(null, (Object) args);
            return exitCode == null ? 0 : exitCode;
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof Ended)
                return exitCode;
            throw e;
        }
    }
}
