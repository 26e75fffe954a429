using System.Reflection;
using CloudStream.Clients.Tests.Clients;

namespace CloudStream.Clients.Tests.Matrix;

public sealed class EveryClientTests
{
    /// <summary>Shown test by test, each under its own name.</summary>
    private const string Promises = "promises";

    [Fact]
    public void EveryClientFolderHasATestClass()
    {
        IEnumerable<string> tested = typeof(EveryClientTests).Assembly.GetTypes()
            .SelectMany(t => t.GetMethods())
            .Select(m => m.GetCustomAttribute<ScenariosOfAttribute>()?.Client)
            .OfType<string>()
            .Order(StringComparer.Ordinal);
        Assert.Equal(ClientProgram.Names().Where(n => n != Promises), tested);
    }
}
