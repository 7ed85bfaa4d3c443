using System.Net;
using System.Security.Cryptography.X509Certificates;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class AlternativeNamesTests
{
    private static readonly X509Certificate2 s_certificate = new TestAuthority().Issue(names =>
    {
        names.AddDnsName("a.example");
        names.AddEmailAddress("me@b.example");
        names.AddIpAddress(IPAddress.Parse("10.0.0.1"));
        names.AddIpAddress(IPAddress.Parse("2001:db8::1"));
        names.AddUri(new Uri("spiffe://c.example/service"));
        names.AddUserPrincipalName("somebody");
    });

    [Theory]
    [InlineData("a.example", true)]
    [InlineData("A.Example", true)]
    [InlineData("me@b.example", true)]
    [InlineData("10.0.0.1", true)]
    [InlineData("2001:DB8:0::1", true)]
    [InlineData("spiffe://c.example/service", true)]
    [InlineData("example", false)]
    [InlineData("b.a.example", false)]
    [InlineData("ME@b.example", false)]
    [InlineData("10.0.0.2", false)]
    [InlineData("somebody", false)]
    [InlineData("test", false)]
    [InlineData("", false)]
    public void A_name_of_any_kind_is_found_whole(string name, bool isFound) =>
        Assert.Equal(isFound, AlternativeNames.Of(s_certificate).Has(name));

    [Fact]
    public void A_certificate_without_DNS_names_is_for_its_common_name() =>
        Assert.Equal(["shop"], LoadedCertificate.NamesOf(new TestAuthority().Issue(_ => { }, subject: "shop")));

    [Fact]
    public void DNS_names_replace_the_common_name() => Assert.Equal(["a.example"], LoadedCertificate.NamesOf(s_certificate));
}
