using System.Diagnostics.Metrics;
using System.Reflection;
using System.Reflection.Emit;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Processes;

public sealed class BuildInfoTests
{
    [Theory]
    [InlineData("1.2.3-rc.1+0af4c2", "1.2.3-rc.1", "0af4c2")]
    [InlineData("1.2.3+build+7", "1.2.3", "build+7")]
    [InlineData("1.2.3", "1.2.3", "")]
    [InlineData("+0af4c2", "", "0af4c2")]
    public void The_revision_follows_the_plus_sign(string informational, string version, string revision) =>
        Assert.Equal(new BuildInfo("Shop", version, revision), BuildInfo.Of(Build(informational)));

    [Fact]
    public void Without_an_informational_version_the_version_of_the_assembly_counts() =>
        Assert.Equal(new BuildInfo("Shop", "4.5.6.7", ""), BuildInfo.Of(Build(informational: null)));

    [Fact]
    public void The_build_of_the_entry_assembly_is_a_family()
    {
        using var test = new TestCollector();
        var build = BuildInfo.Of(Assembly.GetEntryAssembly()!);
        var family = test.CollectOwn().Single(family => family.Name == "build_info");
        var text = TestCollector.Text([family]);
        Assert.Contains("# TYPE build_info gauge\n", text, StringComparison.Ordinal);
        Assert.Contains($"build_info{{dotnet=\"{Environment.Version}\"", text, StringComparison.Ordinal);
        Assert.Contains($"version=\"{build.Version}\"", text, StringComparison.Ordinal);
        Assert.EndsWith("} 1\n", text, StringComparison.Ordinal);
        Assert.StartsWith(
            "# HELP build Build of the program, and the version of .NET that runs it.\n# TYPE build info\nbuild_info{",
            TestCollector.Text([family], TextFormat.OpenMetrics(EscapingScheme.Underscores)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_target_comes_first()
    {
        using var test = new TestCollector(configure: options => options.Resource["service.name"] = "zoo");
        Assert.Equal(["target_info", "build_info"], test.CollectOwn().Take(2).Select(family => family.Name));
    }

    [Theory]
    [InlineData("build_info")]
    [InlineData("build.info")]
    [InlineData("build")]
    public void A_family_of_the_application_with_this_name_takes_its_place(string name)
    {
        using var test = new TestCollector();
        test.Meter.CreateGauge<int>(name).Record(2, new KeyValuePair<string, object?>("branch", "main"));
        Assert.Equal([$"{name.Replace('.', '_')}{{branch=\"main\"}} 2"], test.Samples());
        Assert.DoesNotContain(test.CollectOwn(), family => family.Name == "build_info");
        Assert.Empty(test.Log.Entries);
    }

    [Fact]
    public void Two_families_of_the_application_with_this_name_are_reported_as_ever()
    {
        using var test = new TestCollector();
        test.Meter.CreateGauge<int>("build_info").Record(2);
        test.Meter.CreateCounter<int>("build").Add(1);
        Assert.Equal(["build_info 2", "build_total 1"], test.Samples().Order(StringComparer.Ordinal));
        test.Meter.CreateUpDownCounter<int>("build.info").Add(1);
        Assert.Contains("build.info", Assert.Single(test.Log.Entries).Message, StringComparison.Ordinal);
    }

    private static AssemblyBuilder Build(string? informational)
    {
        var name = new AssemblyName("Shop") { Version = new Version(4, 5, 6, 7) };
        var assembly = AssemblyBuilder.DefineDynamicAssembly(name, AssemblyBuilderAccess.RunAndCollect);
        if (informational is not null)
        {
            assembly.SetCustomAttribute(new CustomAttributeBuilder(
                typeof(AssemblyInformationalVersionAttribute).GetConstructor([typeof(string)])!, [informational]));
        }

        return assembly;
    }
}
