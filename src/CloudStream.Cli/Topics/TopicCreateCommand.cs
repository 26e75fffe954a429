using System.CommandLine;
using CloudStream.Cli.Shell;
using CloudStream.Client;
using CloudStream.Client.Admin;

namespace CloudStream.Cli.Topics;

/// <summary><c>cloudstream topic create NAME</c></summary>
internal static class TopicCreateCommand
{
    public static Command Create()
    {
        Argument<string> name = TopicCommand.NameArgument();
        var partitions = new Option<int?>("--partitions")
        {
            Description = "How many partitions; the broker's num.partitions when left out.",
            HelpName = "N"
        };
        var config = new Option<string[]>("--config")
        {
            Description = "A setting, such as retention.ms=3600000; may be given several times.",
            HelpName = "NAME=VALUE",
            DefaultValueFactory = _ => []
        };
        Option<bool> json = TopicCommand.JsonOption();
        Option<Uri> server = ServerOption.Create();
        Command command = new Command("create", "Create a topic.") { name, partitions, config, json, server }
            .WithExamples("cloudstream topic create orders --partitions 6",
                "cloudstream topic create audit --partitions 1 --config retention.ms=-1");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            Dictionary<string, string> settings = SettingArguments.Parse(parsed.GetValue(config)!);
            using CloudStreamClient client = Connection.Open(parsed.GetValue(server)!);
            TopicDescription topic = await client.Admin.CreateTopicAsync(
                parsed.GetValue(name)!, parsed.GetValue(partitions), settings, cancellationToken);
            if (parsed.GetValue(json))
                TopicJson.Print(topic);
            else
                Console.WriteLine($"created {topic.Name} with {Counted.Of(topic.PartitionCount, "partition")}");
            return ExitCode.Ok;
        });
        return command;
    }
}
