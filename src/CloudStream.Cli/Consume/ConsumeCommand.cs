using System.CommandLine;
using CloudStream.Cli.Shell;
using CloudStream.Client;

namespace CloudStream.Cli.Consume;

/// <summary><c>cloudstream consume TOPIC</c></summary>
internal static class ConsumeCommand
{
    public static Command Create()
    {
        var topic = new Argument<string>("TOPIC") { Description = "The topic." };
        var from = new Option<StartPosition>("--from")
        {
            Description =
                "Where to begin: earliest, latest, an offset (a whole number), or a time: @ and milliseconds since 1970 UTC, or ISO 8601 "
                    + "(UTC unless it says otherwise).",
            HelpName = "earliest|latest|OFFSET|TIMESTAMP",
            DefaultValueFactory = _ => new StartPosition(StartKind.Earliest),
            CustomParser = result =>
            {
                string text = result.Tokens[^1].Value;
                if (!StartPosition.TryParse(text, out StartPosition position))
                    result.AddError(
                        $"--from: '{text}' is neither earliest, latest, an offset, @milliseconds nor a time such as 2026-01-31T12:00:00Z");
                return position;
            },
        };
        var partition = new Option<int?>("--partition") { Description = "Read this partition only; otherwise all.", HelpName = "P" };
        var count = new Option<long?>("--count") { Description = "End after so many records.", HelpName = "N" };
        var follow = new Option<bool>("--follow") { Description = "Go on when the end of the log is reached, and wait for more." };
        var format = new Option<string>("--format")
        {
            Description =
                """What to print per record: %t topic, %p partition, %o offset, %k key, %s value, %K and %S their lengths (-1 for null), """
                    + """%h headers, %T timestamp in milliseconds, %% percent; \n \r \t \0 \\ \xNN. Null prints nothing.""",
            HelpName = "FORMAT",
            DefaultValueFactory = _ => RecordFormat.Default,
        };
        var group = new Option<string?>("--group")
        {
            Description =
                "Read as a member of this consumer group: go on where the group is (--from earliest or latest says where it begins), and "
                    + "commit what has been printed, every 5 s and at the end.",
            HelpName = "GROUP",
        };
        Option<Uri> server = ServerOption.Create();
        Command command = new Command("consume", "Print records. Without --follow it ends at the end that the log had when it began.") {
            topic, from, partition, count, follow, group, format, server }
            .WithExamples(
                "cloudstream consume orders",
                "cloudstream consume orders --follow --from latest",
                "cloudstream consume orders --group billing --follow",
                """cloudstream consume orders --partition 0 --from 100 --count 10 --format '%p@%o %k: %s\n'""",
                "cloudstream consume orders --from 2026-01-31T12:00:00Z");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var wanted = new ConsumeRequest(
                parsed.GetValue(topic)!, parsed.GetValue(from), parsed.GetValue(partition), parsed.GetValue(count), parsed.GetValue(follow),
                Format(parsed.GetValue(format)!), parsed.GetValue(group));
            Check(wanted);
            using CloudStreamClient client = Connection.Open(parsed.GetValue(server)!);
            await new ConsumeRun(client, parsed.GetValue(server)!, wanted).RunAsync(cancellationToken);
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Check(ConsumeRequest wanted)
    {
        if (wanted.Partition < 0)
            throw CommandException.Usage($"--partition: {wanted.Partition} is below 0");
        if (wanted.Count < 0)
            throw CommandException.Usage($"--count: {wanted.Count} is below 0");
        if (wanted.Group is not null
            && (wanted.Partition is not null || wanted.From.Kind is not (StartKind.Earliest or StartKind.Latest)))
            throw CommandException.Usage(
                "--group: the group says which partitions are read and where; only --from earliest or latest goes with it");
        if (wanted.Group?.Length == 0)
            throw CommandException.Usage("--group: the group has no name");
    }

    private static RecordFormat Format(string text)
    {
        try
        {
            return RecordFormat.Parse(text);
        }
        catch (FormatException e)
        {
            throw CommandException.Usage($"--format: {e.Message}");
        }
    }
}
