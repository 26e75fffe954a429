using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace CloudStream.Kafka.Tests.Hosting;

/// <summary>A certificate for localhost, the one that signed it, and the root that clients trust.</summary>
internal sealed class TestCertificates : IDisposable
{
    private static readonly DateTimeOffset s_from = TimeProvider.System.GetUtcNow().AddDays(-1);
    private static readonly DateTimeOffset s_until = s_from.AddDays(7);

    private readonly X509Certificate2 _root;
    private readonly X509Certificate2 _between;
    private readonly X509Certificate2 _own;

    public TestCertificates()
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var betweenKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var ownKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _root = Authority("CN=test root", rootKey).CreateSelfSigned(s_from, s_until);
        using var between = Authority("CN=test between", betweenKey).Create(_root, s_from, s_until, [1]);
        _between = between.CopyWithPrivateKey(betweenKey);
        var request = new CertificateRequest("CN=localhost", ownKey, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var own = request.Create(_between, s_from, s_until, [2]);
        _own = own.CopyWithPrivateKey(ownKey);
    }

    /// <summary>What the server shows.</summary>
    public HttpsConnectionAdapterOptions Options => new() { ServerCertificate = _own, ServerCertificateChain = [_between] };

    /// <summary>Writes root.pem, chain.pem (without the root), key.pem, all.pem (chain and key), all.pfx into a folder.</summary>
    public void WriteTo(string folder)
    {
        var chain = $"{_own.ExportCertificatePem()}\n{_between.ExportCertificatePem()}\n";
        using var ownKey = _own.GetECDsaPrivateKey()!;
        var key = ownKey.ExportPkcs8PrivateKeyPem() + "\n";
        File.WriteAllText(Path.Combine(folder, "root.pem"), _root.ExportCertificatePem());
        File.WriteAllText(Path.Combine(folder, "chain.pem"), chain);
        File.WriteAllText(Path.Combine(folder, "key.pem"), key);
        File.WriteAllText(Path.Combine(folder, "all.pem"), chain + key);
        using var between = X509CertificateLoader.LoadCertificate(_between.RawData);
        File.WriteAllBytes(Path.Combine(folder, "all.pfx"),
            new X509Certificate2Collection { _own, between }.Export(X509ContentType.Pkcs12)!);
    }

    /// <summary>A client that trusts the root alone.</summary>
    public bool Judge(object sender, X509Certificate? shown, X509Chain? chain, System.Net.Security.SslPolicyErrors errors)
    {
        using var trust = new X509Chain();
        trust.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        trust.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        trust.ChainPolicy.CustomTrustStore.Add(_root);
        foreach (var element in chain!.ChainPolicy.ExtraStore)
            trust.ChainPolicy.ExtraStore.Add(element);
        return !errors.HasFlag(System.Net.Security.SslPolicyErrors.RemoteCertificateNameMismatch) && trust.Build((X509Certificate2)shown!);
    }

    public void Dispose()
    {
        _root.Dispose();
        _between.Dispose();
        _own.Dispose();
    }

    private static CertificateRequest Authority(string name, ECDsa key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(
                certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        return request;
    }
}
