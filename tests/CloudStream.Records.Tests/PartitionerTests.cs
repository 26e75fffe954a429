using System.Text;

namespace CloudStream.Records.Tests;

public sealed class PartitionerTests
{
    // Printed by Utils.murmur2 of the Java client 4.3.0; the last column is its default partition out of 6.
    [Theory]
    [InlineData("", 275646681, 3)]
    [InlineData("a", -1563381124, 4)]
    [InlineData("ab", 316155434, 2)]
    [InlineData("abc", 479470107, 3)]
    [InlineData("abcd", -1323649548, 2)]
    [InlineData("21", -973932308, 0)]
    [InlineData("foobar", -790332482, 0)]
    [InlineData("a-little-bit-long-string", -985981536, 2)]
    [InlineData("a-little-bit-longer-string", -1486304829, 5)]
    [InlineData("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971, 5)]
    [InlineData("käse", -1070276755, 1)]
    public void Keys_hash_and_spread_as_in_Java(string key, int hash, int partitionOfSix)
    {
        var bytes = Encoding.UTF8.GetBytes(key);

        Assert.Equal(hash, Murmur2.Hash(bytes));
        Assert.Equal(partitionOfSix, DefaultPartitioner.ForKey(bytes, 6));
    }

    [Fact]
    public void Bytes_above_127_are_unsigned_in_the_tail() =>
        Assert.Equal(1748216647, Murmur2.Hash([250, 249, 248, 247, 246, 245, 244]));

    [Fact]
    public void A_topic_without_partitions_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => DefaultPartitioner.ForKey("a"u8, 0));

    [Fact]
    public void The_sticky_partitioner_stays_until_the_batch_is_done()
    {
        var sticky = new StickyPartitioner(new Random(7));
        var first = sticky.Next(10);

        for (var i = 0; i < 100; i++)
            Assert.Equal(first, sticky.Next(10));
        sticky.BatchCompleted();

        Assert.NotEqual(first, sticky.Next(10));
    }

    [Fact]
    public void The_sticky_partitioner_moves_on_after_its_share_of_bytes()
    {
        var sticky = new StickyPartitioner(new Random(7), switchAfterBytes: 100);
        var first = sticky.Next(10);

        sticky.Appended(99);
        Assert.Equal(first, sticky.Next(10));
        sticky.Appended(1);
        Assert.NotEqual(first, sticky.Next(10));
    }

    [Fact]
    public void The_sticky_partitioner_reaches_every_partition_about_equally_often()
    {
        var sticky = new StickyPartitioner(new Random(7));
        var visits = new int[5];
        for (var i = 0; i < 10_000; i++)
        {
            visits[sticky.Next(5)]++;
            sticky.BatchCompleted();
        }

        Assert.All(visits, v => Assert.InRange(v, 1800, 2200));
    }

    [Fact]
    public void The_sticky_partitioner_repeats_itself_for_the_same_seed()
    {
        static int[] Run()
        {
            var sticky = new StickyPartitioner(new Random(42));
            return Enumerable.Range(0, 20).Select(_ =>
            {
                sticky.BatchCompleted();
                return sticky.Next(8);
            }).ToArray();
        }

        Assert.Equal(Run(), Run());
    }

    [Fact]
    public void The_sticky_partitioner_survives_a_topic_with_one_partition_and_one_that_shrinks()
    {
        var sticky = new StickyPartitioner(new Random(1));
        for (var i = 0; i < 50; i++)
        {
            sticky.BatchCompleted();
            Assert.InRange(sticky.Next(9), 0, 8);
            Assert.InRange(sticky.Next(2), 0, 1);
            Assert.Equal(0, sticky.Next(1));
        }
    }
}
