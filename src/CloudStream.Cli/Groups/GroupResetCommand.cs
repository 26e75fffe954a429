using System.CommandLine;
using System.Globalization;
using CloudStream.Cli.Shell;
using CloudStream.Client;
using CloudStream.Client.Admin;

namespace CloudStream.Cli.Groups;

/// <summary><c>cloudstream group reset GROUP</c>: moves the offsets of a group that has no members, or says where they would go.</summary>
internal static class GroupResetCommand
{
    public static Command Create()
    {
        Argument<string> name = GroupCommand.NameArgument();
        var to = new Option<StartPosition?>("--to")
        {
            Description =
                "Where to: earliest, latest, an offset, or the first record at a time (@ and milliseconds since 1970 UTC, or ISO 8601). "
                    + "Always within the log.",
            HelpName = "earliest|latest|OFFSET|TIMESTAMP",
            CustomParser = result =>
            {
                string text = result.Tokens[^1].Value;
                if (!StartPosition.TryParse(text, out StartPosition position))
                    result.AddError(
                        $"--to: '{text}' is neither earliest, latest, an offset, @milliseconds nor a time such as 2026-01-31T12:00:00Z");
                return position;
            },
        };
        var by = new Option<long?>("--by") { Description = "By so many records instead: forward, or back when negative.", HelpName = "N" };
        var topics = new Option<string[]>("--topic")
        {
            Description = "Of this topic only; may be given several times. Otherwise of all that the group has offsets for.",
            HelpName = "TOPIC[:P,P…]",
            DefaultValueFactory = _ => []
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "Change nothing; only print what would be." };
        Option<bool> json = GroupCommand.JsonOption();
        Option<Uri> server = ServerOption.Create();
        Command command = new Command(
            "reset", "Move the offsets of a group that has no members.") { name, to, by, topics, dryRun, json, server }
            .WithExamples(
                "cloudstream group reset billing --to earliest --dry-run",
                "cloudstream group reset billing --to 2026-01-31T12:00:00Z --topic orders",
                "cloudstream group reset billing --by -10 --topic orders:0,3");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            OffsetReset reset = Scope(Target(parsed.GetValue(to), parsed.GetValue(by)), parsed.GetValue(topics)!) with
            {
                DryRun = parsed.GetValue(dryRun)
            };
            using CloudStreamClient client = Connection.Open(parsed.GetValue(server)!);
            IReadOnlyList<OffsetMove> moves = await client.Admin.ResetGroupOffsetsAsync(parsed.GetValue(name)!, reset, cancellationToken);
            if (parsed.GetValue(json))
                GroupJson.Print(moves, reset.DryRun);
            else
                Print(moves);
            return ExitCode.Ok;
        });
        return command;
    }

    private static OffsetReset Target(StartPosition? to, long? by) => (to, by) switch
    {
        ({ } place, null) => OffsetReset.To(place.Kind switch
        {
            StartKind.Earliest => Offset.Beginning,
            StartKind.Latest => Offset.End,
            StartKind.Offset => place.Value,
            _ => Offset.At(DateTimeOffset.FromUnixTimeMilliseconds(place.Value)),
        }),
        (null, { } records) => OffsetReset.By(records),
        _ => throw CommandException.Usage("give --to or --by, one of them"),
    };

    private static OffsetReset Scope(OffsetReset reset, string[] arguments)
    {
        if (arguments.Length == 0)
            return reset;
        var topics = new List<string>();
        var partitions = new List<TopicPartition>();
        foreach (string argument in arguments)
        {
            string[] parts = argument.Split(':', 2);
            if (parts.Length == 1)
                topics.Add(argument);
            else
                partitions.AddRange(parts[1].Split(',').Select(p => new TopicPartition(parts[0], Number(argument, p))));
        }

        return reset with { Topics = topics, Partitions = partitions };
    }

    private static int Number(string argument, string text) => int.TryParse(
        text, NumberStyles.None, CultureInfo.InvariantCulture, out int partition)
        ? partition
        : throw CommandException.Usage($"--topic: '{argument}' is not TOPIC or TOPIC:0,1,2");

    private static void Print(IReadOnlyList<OffsetMove> moves)
    {
        var table = new TextTable("topic", "partition", "before", "offset");
        foreach (OffsetMove m in moves)
            table.Row(m.Partition.Topic, Text(m.Partition.Partition), m.Before is { } before ? Text(before) : "-", Text(m.Offset));
        table.Print();
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
