import java.util.HexFormat;
import java.util.Random;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;

/** Prints java-partitions.tsv: keys in hexadecimal, and the partition that the Java client gives each. java -cp "$KAFKA_HOME/libs/*" JavaPartitions.java */
class JavaPartitions {
    private static final int[] COUNTS = {1, 3, 6, 50};

    public static void main(String[] args) {
        System.out.println("key\t1\t3\t6\t50");
        for (String key : new String[] {"a", "ab", "abc", "abcd", "abcde", "key-0", "key-1", "key-2", "order-4711", "käse", "日本", "a-little-bit-long-string"})
            print(key.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        Random random = new Random(42);
        for (int length = 1; length <= 36; length++) {
            byte[] key = new byte[length];
            random.nextBytes(key);
            print(key);
        }
    }

    private static void print(byte[] key) {
        StringBuilder line = new StringBuilder(HexFormat.of().formatHex(key));
        for (int count : COUNTS)
            line.append('\t').append(BuiltInPartitioner.partitionForKey(key, count));
        System.out.println(line);
    }
}
