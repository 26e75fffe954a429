using System.CommandLine;
using CloudStream.Cli.Shell;
using CloudStream.Storage.Aws.Options;

namespace CloudStream.Cli.Serve;

/// <summary>The options of <c>serve</c> that say where everything is kept.</summary>
internal sealed class StoreOptions
{
    private readonly Option<string> _data = new("--data")
    {
        Description = "Folder of the log; made when missing. Several processes may share one.",
        HelpName = "DIR",
        DefaultValueFactory = _ => Defaults.Data,
    };

    private readonly Option<bool> _pageCache = new("--page-cache")
    {
        Description = "Read and write large runs of records through the page cache, too: for a slow disk beside much memory.",
    };

    private readonly Option<string?> _store = new("--store")
    {
        Description = "The bucket of the log, instead of a folder. Credentials come from where AWS's tools take them.",
        HelpName = "s3://BUCKET[/PREFIX]",
    };

    private readonly Option<string?> _table = new("--table")
    {
        Description = "The DynamoDB table of the registers, which goes with --store; its keys are the strings p and s.",
        HelpName = "TABLE",
    };

    private readonly Option<string?> _region = new("--region")
    {
        Description = "The region of both; by default as AWS_REGION or the profile say.",
        HelpName = "REGION",
    };

    private readonly Option<Uri?> _s3Endpoint = Endpoint("--s3-endpoint", "S3", "AWS_ENDPOINT_URL_S3");

    private readonly Option<Uri?> _dynamoDbEndpoint = Endpoint("--dynamodb-endpoint", "DynamoDB", "AWS_ENDPOINT_URL_DYNAMODB");

    private readonly Option<bool> _createBucket = new("--create-bucket") { Description = "Make the bucket where it is missing." };

    private readonly Option<bool> _createTable = new("--create-table")
    {
        Description = "Make the table where it is missing, billed by the request.",
    };

    public void AddTo(Command command)
    {
        command.Options.Insert(0, _data);
        foreach (Option option in (Option[])
            [_pageCache, _store, _table, _region, _s3Endpoint, _dynamoDbEndpoint, _createBucket, _createTable])
            command.Options.Add(option);
    }

    /// <summary>The place.</summary>
    /// <exception cref="CommandException">The options do not go together.</exception>
    public StorePlace PlaceOf(ParseResult parsed)
    {
        if (parsed.GetValue(_store) is { } store)
            return AwsPlaceOf(parsed, store);
        return parsed.GetValue(_table) is null && parsed.GetValue(_s3Endpoint) is null && parsed.GetValue(_dynamoDbEndpoint) is null
            && !parsed.GetValue(_createBucket) && !parsed.GetValue(_createTable)
            ? new FolderPlace(parsed.GetValue(_data)!, parsed.GetValue(_pageCache))
            : throw CommandException.Usage(
                "--table, --s3-endpoint, --dynamodb-endpoint, --create-bucket and --create-table go with --store s3://BUCKET");
    }

    private AwsPlace AwsPlaceOf(ParseResult parsed, string store)
    {
        if (parsed.GetResult(_data) is { Implicit: false } || parsed.GetValue(_pageCache))
            throw CommandException.Usage("--data and --page-cache are for a folder, --store is not one");
        (string bucket, string prefix) = AwsPlace.Parse(store);
        if (parsed.GetValue(_table) is not { Length: > 0 } table)
            throw CommandException.Usage("--store needs --table TABLE: the registers lie in a table of DynamoDB");
        return new AwsPlace(
            new AwsStoreOptions
            {
                Bucket = bucket,
                Prefix = prefix,
                Table = table,
                Region = parsed.GetValue(_region),
                S3Endpoint = parsed.GetValue(_s3Endpoint) ?? FromEnvironment("AWS_ENDPOINT_URL_S3"),
                DynamoDbEndpoint = parsed.GetValue(_dynamoDbEndpoint) ?? FromEnvironment("AWS_ENDPOINT_URL_DYNAMODB"),
            },
            parsed.GetValue(_createBucket), parsed.GetValue(_createTable));
    }

    private static Option<Uri?> Endpoint(string name, string service, string variable) => new(name)
    {
        Description = $"Where {service} answers; by default as {variable} or AWS_ENDPOINT_URL say, otherwise AWS.",
        HelpName = "URL",
        CustomParser = result =>
        {
            string text = result.Tokens[^1].Value;
            if (Parse(text) is { } endpoint)
                return endpoint;
            result.AddError($"{name}: '{text}' is no http:// or https:// address");
            return null;
        },
    };

    private static Uri? Parse(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? endpoint) && endpoint.Scheme is "http" or "https" ? endpoint : null;

    private static Uri? FromEnvironment(string variable)
    {
        string? text = Environment.GetEnvironmentVariable(variable) ?? Environment.GetEnvironmentVariable("AWS_ENDPOINT_URL");
        return string.IsNullOrEmpty(text)
            ? null
            : Parse(text) ?? throw new CommandException($"{variable}: '{text}' is no http:// or https:// address");
    }
}
