using System.CommandLine;
using CloudStream.Cli.Shell;
using CloudStream.Client;

namespace CloudStream.Cli.Produce;

/// <summary><c>cloudstream produce TOPIC [FILE]</c></summary>
internal static class ProduceCommand
{
    private static readonly TimeSpan RetryTimeout = TimeSpan.FromSeconds(30);

    public static Command Create()
    {
        var topic = new Argument<string>("TOPIC") { Description = "The topic." };
        var file = new Argument<string?>("FILE")
        {
            Description = "What to read; standard input when left out or -.",
            Arity = ArgumentArity.ZeroOrOne
        };
        var format = new Option<string>("--format")
        {
            Description = "lines: a line is a value. ndjson: a line is a JSON object with key, value, headers, partition, timestamp.",
            HelpName = "lines|ndjson",
            DefaultValueFactory = _ => "lines"
        };
        format.AcceptOnlyFromAmong("lines", "ndjson");
        var separator = new Option<string>("--key-separator")
        {
            Description = @"What stands between key and value in a line; a line without it has no key. Escapes: \n \r \t \0 \\ \xNN.",
            HelpName = "S"
        };
        var partition = new Option<int?>("--partition")
        {
            Description = "Send to this partition; otherwise the key decides.",
            HelpName = "P"
        };
        Option<string> compression = CompressionOption.Create();
        Option<Uri> server = ServerOption.Create();
        Command command = new Command(
            "produce", "Send records, one a line. Exit code 0 only when every record was acknowledged; prints how many were.")
        {
            topic, file, format, separator, partition, compression, server,
        }.WithExamples(
            "echo 'hello' | cloudstream produce greetings",
            "cloudstream produce orders orders.csv --key-separator ,",
            @"cloudstream produce orders orders.tsv --key-separator '\t'",
            """echo '{"key":"k1","value":{"total":5},"headers":{"source":"shop"}}' | cloudstream produce orders --format ndjson""");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            int? to = parsed.GetValue(partition);
            string? keySeparator = parsed.GetValue(separator);
            if (to < 0)
                throw CommandException.Usage($"--partition: {to} is below 0");
            if (keySeparator is not null && parsed.GetValue(format) == "ndjson")
                throw CommandException.Usage("--key-separator is for --format lines; a JSON object names its key");
            IRecordParser parser = parsed.GetValue(format) == "ndjson" ? new JsonRecords(to) : new LineRecords(Separator(keySeparator), to);
            await using Stream input = Open(parsed.GetValue(file));
            using CloudStreamClient client = Connection.Open(parsed.GetValue(server)!, RetryTimeout);
            var run = new ProduceRun(client, parsed.GetValue(server)!, parsed.GetValue(topic)!, parser,
                CompressionOption.Of(parsed.GetValue(compression)!));
            return await run.RunAsync(input, parsed.GetValue(file) is { } name and not "-" ? name : "standard input", cancellationToken);
        });
        return command;
    }

    private static byte[] Separator(string? text)
    {
        try
        {
            return Escapes.Read(text ?? "");
        }
        catch (FormatException e)
        {
            throw CommandException.Usage($"--key-separator: {e.Message}");
        }
    }

    private static Stream Open(string? file)
    {
        if (file is null or "-")
            return Console.OpenStandardInput();
        try
        {
            return new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"cannot read {file}: {e.Message}");
        }
    }
}
