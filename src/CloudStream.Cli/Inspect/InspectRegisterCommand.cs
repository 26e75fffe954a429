using System.CommandLine;
using System.Text;
using CloudStream.Cli.Shell;
using CloudStream.Log.Journal;
using CloudStream.Log.Options;
using CloudStream.Storage.Metadata;

namespace CloudStream.Cli.Inspect;

/// <summary><c>cloudstream inspect register [KEY]</c>: the registers there are, or one of them.</summary>
internal static class InspectRegisterCommand
{
    public static Command Create()
    {
        var key = new Argument<string?>("KEY")
        {
            Description = "The register's key, such as topics/orders. Left out: list the registers.",
            Arity = ArgumentArity.ZeroOrOne
        };
        Option<string> data = InspectCommand.DataOption();
        Command command = new Command("register", "List the registers, or show one.") { key, data }
            .WithExamples("cloudstream inspect register --data ./demo", "cloudstream inspect register topics/orders --data ./demo");
        command.SetAction((parsed, cancellationToken) => InspectCommand.ReadAsync(
            parsed.GetValue(data)!,
            stores => parsed.GetValue(key) is { } wanted
                ? ShowAsync(stores.Metadata, wanted, cancellationToken)
                : ListAsync(stores.Metadata, cancellationToken)));
        return command;
    }

    private static async Task ListAsync(IMetadataStore metadata, CancellationToken cancellationToken)
    {
        var table = new TextTable("register", "version", "bytes", "write id");
        foreach (string family in RegisterFamilies.All)
        {
            await foreach (Register register in metadata.ListAsync(family, cancellationToken))
                table.Row(register.Key, $"{register.Version}", $"{register.Value.Length}", $"{register.WriteId}");
        }

        foreach ((int shard, _, JournalReader journal) in await InspectCommand.JournalsAsync(metadata, null))
        {
            // A thousand slots would hide everything else.
            if (await journal.FindNewestAsync(cancellationToken) is { } newest)
                table.Row(journal.KeyOf(newest.Version), $"{newest.Version}", $"{newest.Commit.Encode().Length}", $"{newest.WriteId}");
        }

        table.Print();
    }

    private static async Task ShowAsync(IMetadataStore metadata, string key, CancellationToken cancellationToken)
    {
        Register register = await metadata.GetAsync(key, cancellationToken) ?? throw new CommandException($"there is no register '{key}'");
        Console.WriteLine($"register  {register.Key}");
        Console.WriteLine($"version   {register.Version}");
        Console.WriteLine($"write id  {register.WriteId}");
        Console.WriteLine($"bytes     {register.Value.Length}");
        if (JournalRing.TryParse(key, out _, out int shard, out _))
            InspectJournalCommand.Show(JournalSlot.Decode(register), register.WriteId, shard);
        else
            ShowBytes(register.Value.Span);
    }

    // Sixteen bytes a line, hexadecimal and as text.
    private static void ShowBytes(ReadOnlySpan<byte> bytes)
    {
        for (int at = 0; at < bytes.Length; at += 16)
        {
            ReadOnlySpan<byte> row = bytes.Slice(at, Math.Min(16, bytes.Length - at));
            var text = new StringBuilder(16);
            foreach (byte b in row)
                text.Append(b is >= 0x20 and < 0x7f ? (char)b : '.');
            Console.WriteLine($"{at:x8}  {Convert.ToHexStringLower(row),-32}  {text}");
        }
    }
}
