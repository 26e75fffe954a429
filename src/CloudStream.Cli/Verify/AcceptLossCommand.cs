using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using CloudStream.Cli.Shell;
using CloudStream.Client;

namespace CloudStream.Cli.Verify;

/// <summary><c>cloudstream accept-loss TOPIC --partition P --offsets FROM..TO --by NAME</c></summary>
internal static class AcceptLossCommand
{
    public static Command Create()
    {
        var topic = new Argument<string>("TOPIC") { Description = "The topic." };
        var partition = new Option<int>("--partition") { Description = "The partition.", HelpName = "P", Required = true };
        var offsets = new Option<(long First, long Last)>("--offsets")
        {
            Description = "The first and the last offset that are given up, as verify and readers' errors name them.",
            HelpName = "FROM..TO",
            Required = true,
            CustomParser = ParseOffsets
        };
        var by = new Option<string>("--by")
        {
            Description = "Who accepts the loss; it is kept with the log.",
            HelpName = "NAME",
            Required = true
        };
        Option<Uri> server = ServerOption.Create();
        Command command = new Command("accept-loss",
            "Give up records that cannot be read, as what is stored of them is missing or damaged: readers pass over them from then on. "
                + "The broker tries each of them first and refuses while one can be read.")
        {
            topic, partition, offsets, by, server,
        }.WithExamples("cloudstream accept-loss orders --partition 3 --offsets 1200..1349 --by 'Ada Lovelace'");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using CloudStreamClient client = Connection.Open(parsed.GetValue(server)!);
            var place = new TopicPartition(parsed.GetValue(topic)!, parsed.GetValue(partition));
            (long first, long last) = parsed.GetValue(offsets);
            await client.Admin.AcceptLossAsync(place, first, last, parsed.GetValue(by)!, cancellationToken);
            Console.WriteLine($"accepted the loss of offsets {first} to {last} of {place.Topic}/{place.Partition}");
            return ExitCode.Ok;
        });
        return command;
    }

    private static (long First, long Last) ParseOffsets(ArgumentResult result)
    {
        string text = result.Tokens[^1].Value;
        int dots = text.IndexOf("..", StringComparison.Ordinal);
        if (dots > 0 && TryParse(text.AsSpan(0, dots), out long first) && TryParse(text.AsSpan(dots + 2), out long last) && last >= first)
            return (first, last);
        result.AddError($"'{text}' is not a first and a last offset, such as 1200..1349");
        return default;
    }

    private static bool TryParse(ReadOnlySpan<char> text, out long offset) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out offset);
}
