using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using CloudStream.Cli.Shell;
using CloudStream.Cluster;
using CloudStream.Cluster.Settings;
using CloudStream.Http;
using CloudStream.Http.Face;
using CloudStream.Kafka;
using CloudStream.Kafka.Face;
using CloudStream.Log.Runtime;
using CloudStream.Records.Compression;
using CloudStream.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CloudStream.Cli.Serve;

/// <summary>
/// The composition root: stores where they lie, the broker on the stores, the faces on the broker. Ends in the opposite order: faces stop
/// taking requests and let those in progress end, the broker drains and gives its leases back, the stores close.
/// </summary>
internal static class ServeHost
{
    public static async Task RunAsync(ServeSettings settings)
    {
        BrokerOptions options = BrokerOptionsOf(settings);
        using var stop = new StopSignal();
        try
        {
            await ServeAsync(settings, options, stop);
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            // Told to stop before it was ready: nothing was served, nothing is lost.
        }
        catch (StoreException e)
        {
            throw new CommandException($"cannot use {settings.Place}: {e.Message}");
        }
    }

    private static async Task ServeAsync(ServeSettings settings, BrokerOptions options, StopSignal stop)
    {
        DescriptorBudget descriptors = DescriptorBudget.RequireEnough();
        HttpsConnectionAdapterOptions? tls = KafkaServing.TlsOf(settings.Kafka);
        Action<KafkaOptions> kafkaOptions = KafkaServing.Configure(settings.Kafka, KafkaServing.UsersOf(settings.Kafka), options);
        using HttpListening http = await HttpListening.BindAsync(settings.Http, stop.Token);
        options.Endpoints["http"] = $"http://{settings.Http with { Port = http.EndPoint.Port }}";
        using KafkaListener? kafka = await KafkaServing.BindAsync(settings.Kafka, stop.Token);
        kafka?.Register(options);
        RequireFaces(options, kafkaOptions);
        using OpenStores stores = await settings.Place.OpenAsync(descriptors.OpenFiles, stop.Token);
        await using ServiceProvider outer = RuntimeServices();
        BrokerRuntime runtime = Runtime(outer);
        await using Broker broker = await Broker.StartAsync(stores.Stores, options, runtime, stop.Token);
        ConnectionLimit limit = LimitOf(outer, options, descriptors, stores.Keep);
        await using WebApplication app = BuildFaces(outer, broker, options, limit, http, kafka, kafkaOptions, tls);
        await app.StartAsync();
        stores.Keep();
        limit.Settle(DescriptorBudget.Read(limit.Open));
        Announce(settings.Place, app, kafka);
        if (await Task.WhenAny(stop.WaitAsync(), broker.Failed) == broker.Failed)
            throw new CommandException("a defect stopped this broker, see the log above; nothing acknowledged is lost, start it again");
        Console.WriteLine("stopping");
        await Shutdown.RunAsync(app, broker);
    }

    /// <exception cref="CommandException">A setting is unknown or out of its range.</exception>
    public static BrokerOptions BrokerOptionsOf(ServeSettings settings)
    {
        var options = new BrokerOptions { FlushInterval = settings.FlushInterval, Shards = settings.Place.Shards };
        foreach ((string name, string value) in settings.Settings)
        {
            if (!BrokerSettings.TryApply(options, name, value, out string? error))
                throw CommandException.Usage($"--set {name}={value}: {error}");
        }

        options.Endpoints["http"] = $"http://{settings.Http}";
        try
        {
            options.Validate();
        }
        catch (ArgumentException e)
        {
            throw CommandException.Usage(e.Message);
        }

        return options;
    }

    public static async Task<IPEndPoint> ResolveAsync(ListenAddress address, CancellationToken cancellationToken)
    {
        try
        {
            return await address.ResolveAsync(cancellationToken);
        }
        catch (SocketException e)
        {
            throw new CommandException($"cannot listen on {address}: {e.Message}");
        }
    }

    // Nothing from the environment or from configuration files: what the command line says is all there is. Logs and meters are shared with
    // the broker.
    private static WebApplication BuildFaces(
        IServiceProvider outer, IBroker broker, BrokerOptions options, ConnectionLimit limit, HttpListening http,
        KafkaListener? kafka, Action<KafkaOptions> kafkaOptions, HttpsConnectionAdapterOptions? tls)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(outer.GetRequiredService<ILoggerFactory>());
        builder.Services.AddSingleton(outer.GetRequiredService<IMeterFactory>());
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(broker);
        builder.Services.AddCloudStreamHttp(face =>
        {
            face.Version = VersionAction.Version;
            face.Take(options);
        });

        // After the face's own limits, which apply to what listens from then on.
        builder.WebHost.UseKestrelCore();
        http.ListenOn(builder.WebHost);
        if (kafka is not null)
            KafkaServing.Add(builder, kafka, kafkaOptions, tls);

        // Of several makers of listeners the one that was added last is asked.
        builder.Services.AddSingleton<IConnectionListenerFactory>(services => new LimitedListeners(
            new SocketTransportFactory(
                services.GetRequiredService<IOptions<SocketTransportOptions>>(), services.GetRequiredService<ILoggerFactory>()),
            limit, http.EndPoint));
        WebApplication app = builder.Build();
        app.MapCloudStream();
        return app;
    }

    private static ConnectionLimit LimitOf(
        IServiceProvider services, BrokerOptions options, DescriptorBudget descriptors, Action onEnter) => new(
            (int)BrokerSettings.Number(options, FaceSettingNames.MaxConnections),
            descriptors,
            services.GetRequiredService<IMeterFactory>(),
            services.GetRequiredService<ILoggerFactory>().CreateLogger("CloudStream.Serve")) { OnEnter = onEnter };

    // Before anything is made: the faces themselves would refuse it when the broker is there.
    private static void RequireFaces(BrokerOptions options, Action<KafkaOptions> kafkaOptions)
    {
        var (http, kafka) = (new CloudStreamHttpOptions(), new KafkaOptions());
        try
        {
            http.Take(options);
            http.Validate();
            kafkaOptions(kafka);
            kafka.Validate();
        }
        catch (ArgumentException e)
        {
            throw CommandException.Usage(e.Message);
        }
    }

    private static ServiceProvider RuntimeServices()
    {
        var services = new ServiceCollection();
        services.AddLogging(logging => logging
            .SetMinimumLevel(LogLevel.Warning)

            // It logs what it also throws, and we say that in one line.
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None)
            .AddProvider(new StandardErrorLogger(TimeProvider.System)));
        services.AddMetrics();
        return services.BuildServiceProvider();
    }

    private static BrokerRuntime Runtime(IServiceProvider services) => new(
        TimeProvider.System,
        new RandomSource(new Random()),
        services.GetRequiredService<ILoggerFactory>(),
        services.GetRequiredService<IMeterFactory>().Create("CloudStream.Engine"));

    private static void Announce(StorePlace place, WebApplication app, KafkaListener? kafka)
    {
        Console.WriteLine($"cloudstream {VersionAction.Version}");
        Console.WriteLine($"data  {place}");
        Console.WriteLine($"codecs  lz4: {Implementation(CompressionType.Lz4)}, zstd: {Implementation(CompressionType.Zstd)}");
        foreach (string address
            in app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses)
        {
            if (kafka is null || !address.EndsWith($"//{kafka.EndPoint}", StringComparison.Ordinal))
                Console.WriteLine($"http  {address}");
        }

        if (kafka is not null)
            Console.WriteLine($"kafka  {kafka.EndPoint}");
        else
            Console.WriteLine($"kafka  none: {Defaults.Kafka} is in use; choose an address with --kafka");
        Console.WriteLine("ready");

        static string Implementation(CompressionType type) => CompressionCodec.For(type).Implementation;
    }
}
