using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace CloudStream.Clients.Tests.Clients;

/// <summary>One row per scenario that the client names.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ScenariosOfAttribute(string client) : DataAttribute
{
    public string Client => client;

    public override async ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        [.. (await ClientProgram.Named(client).ScenariosAsync()).Select(s => new TheoryDataRow<string>(s))];

    public override bool SupportsDiscoveryEnumeration() => true;
}
