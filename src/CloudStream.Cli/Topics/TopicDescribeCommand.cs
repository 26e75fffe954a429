using System.CommandLine;
using System.Globalization;
using CloudStream.Cli.Shell;
using CloudStream.Client;
using CloudStream.Client.Admin;

namespace CloudStream.Cli.Topics;

/// <summary><c>cloudstream topic describe NAME</c>: its settings, where its partitions are, and what was given up of them.</summary>
internal static class TopicDescribeCommand
{
    public static Command Create()
    {
        Argument<string> name = TopicCommand.NameArgument();
        Option<bool> json = TopicCommand.JsonOption();
        Option<Uri> server = ServerOption.Create();
        Command command = new Command("describe", "Show a topic's settings and partitions.") { name, json, server }
            .WithExamples("cloudstream topic describe orders", "cloudstream topic describe orders --json");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using CloudStreamClient client = Connection.Open(parsed.GetValue(server)!);
            TopicDescription topic = await client.Admin.DescribeTopicAsync(parsed.GetValue(name)!, cancellationToken);
            if (parsed.GetValue(json))
                TopicJson.Print(topic);
            else
                Print(topic);
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Print(TopicDescription topic)
    {
        Console.WriteLine($"topic       {topic.Name}");
        Console.WriteLine($"id          {topic.Id}");
        Console.WriteLine($"partitions  {topic.PartitionCount}");
        foreach ((string setting, string value) in topic.Config)
            Console.WriteLine($"set         {setting}={value}");
        Console.WriteLine();
        var table = new TextTable("partition", "shard", "leader", "epoch", "log start offset", "high watermark", "bytes");
        foreach (PartitionDescription p in topic.Partitions)
            table.Row(Text(p.Partition), Text(p.Shard), Text(p.Leader), Text(p.LeaderEpoch), Text(p.LogStartOffset), Text(p.HighWatermark),
                Text(p.Bytes));
        table.Print();
        foreach (PartitionDescription p in topic.Partitions)
        {
            foreach (AcceptedLoss loss in p.AcceptedLosses)
                Console.WriteLine($"accepted    {topic.Name}/{p.Partition}: {Describe(loss)}");
        }
    }

    // In the words of verify and inspect.
    private static string Describe(AcceptedLoss loss) =>
        new Log.State.AcceptedLoss(loss.FirstOffset, loss.LastOffset + 1, loss.At.ToUnixTimeMilliseconds(), loss.By).Describe();

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
