// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/core/component.hpp"

#include <doctest/doctest.h>

using namespace espalier;
using core::Settings;

namespace {

enum class Metal { iron, gold };

struct Common {
  std::optional<std::uint32_t> images{};
};

struct Forge : Common {
  double heat = 0.5;
  int blows = 3;
  bool quench = true;
  Metal metal = Metal::gold;
  std::optional<double> weight{};
  std::vector<double> sizes{1, 2};
  Settings source{"fire", {}};
};

core::Component<Forge> forge() {
  return {.name = "forge",
          .family = "craft",
          .description = "shapes metal",
          .settings = {core::setting("heat", &Forge::heat, {0, 1}, "K", "temperature"),
                       core::setting("blows", &Forge::blows, {1, 9}, "1", "of the hammer"),
                       core::flag("quench", &Forge::quench, "in water"),
                       core::choice("metal", &Forge::metal, {{"iron", Metal::iron}, {"gold", Metal::gold}}, "of the piece"),
                       core::setting("weight", &Forge::weight, {0, 5}, "kg", "of the piece"),
                       core::setting("sizes", &Forge::sizes, {0, 10}, "cm", "of its sides"),
                       core::setting("source", &Forge::source, {}, "1", "of the heat").required(),
                       core::setting("images", &Forge::images, {1, 4e9}, "images", "seen").evaluation_only()},
          .cost = [](const Forge& f) { return core::Cost{.forward = f.heat * f.blows}; }};
}

Settings said(std::map<std::string, core::Value> more = {}) {
  Settings out{"forge", std::move(more)};
  for (const core::Parameter& p : forge().settings.parameters())
    if (!p.default_value.empty()) out.values.emplace(p.name, p.default_value[0]);
  out.values.emplace("source", std::vector<Settings>{{"coal", {}}});
  return out;
}

/// The text of the std::logic_error that reading `settings` throws.
std::string error(const Settings& settings) {
  try {
    forge().settings.read(settings);
  } catch (const std::logic_error& e) {
    return e.what();
  }
  return "nothing was thrown";
}

const core::Kind kind = forge().kind();

}  // namespace

TEST_CASE("An entry of a catalogue has the settings in their order, with type, range, unit and the member's initial value") {
  const auto types = {core::Type::number, core::Type::integer, core::Type::flag,   core::Type::choice,
                      core::Type::number, core::Type::numbers, core::Type::nested, core::Type::integer};
  CHECK(std::ranges::equal(kind.parameters, types, {}, &core::Parameter::type));
  CHECK(kind.find("blows")->min == 1);
  CHECK(kind.find("blows")->max == 9);
  CHECK(kind.find("heat")->unit == "K");
  CHECK(kind.find("heat")->default_value == std::vector<core::Value>{0.5});
  CHECK(kind.find("metal")->choices == std::vector<std::string>{"iron", "gold"});
  CHECK(kind.find("metal")->default_value == std::vector<core::Value>{std::string("gold")});
  CHECK(kind.find("weight")->optional);
  CHECK(kind.find("weight")->default_value.empty());
  CHECK(kind.find("source")->default_value.empty());
  CHECK(kind.find("images")->evaluation_only);
  CHECK(kind.name == "forge");
}

TEST_CASE("Every setting fills its member and is read back from it") {
  const Settings all = said({{"heat", 0.25},
                             {"blows", 7.0},
                             {"quench", false},
                             {"metal", std::string("iron")},
                             {"weight", 2.0},
                             {"sizes", std::vector<double>{4}},
                             {"images", 3e9}});

  const Forge f = forge().settings.read(all);

  CHECK(f.heat == 0.25);
  CHECK(f.blows == 7);
  CHECK_FALSE(f.quench);
  CHECK(f.metal == Metal::iron);
  CHECK(f.weight == 2.0);
  CHECK(f.sizes == std::vector<double>{4});
  CHECK(f.source.kind == "coal");
  CHECK(f.images == 3'000'000'000);
  for (const auto& setting : forge().settings) CHECK(setting.value(f) == all.values.at(setting.parameter.name));
}

TEST_CASE("Members keep their initial value where optional settings are absent, or take the value that absence means") {
  CHECK_FALSE(forge().settings.read(said()).weight);
  Settings older = said();
  older.values.erase("metal");
  const core::Binding<Forge> dated{
      core::choice("metal", &Forge::metal, {{"iron", Metal::iron}, {"gold", Metal::gold}}, "of the piece").legacy("iron")};

  CHECK(dated.read_some(older).metal == Metal::iron);
  CHECK(dated.read({"forge", {}}).metal == Metal::iron);
}

TEST_CASE("What is missing, unbound, of another type or out of the member's reach is an error that names it") {
  Settings without = said();
  without.values.erase("blows");
  CHECK(error(without) == "'forge' has no parameter 'blows'");
  CHECK(error(said({{"colour", 1.0}})) == "nothing is bound to parameter 'colour' of 'forge'");
  CHECK(error(said({{"definition", 2.0}})) == "nothing was thrown");
  CHECK(error(said({{"heat", true}})) == "parameter 'heat' of 'forge' has another type");
  CHECK(error(said({{"blows", 1.5}})) == "parameter 'blows' of 'forge' is 1.5, not a whole number");
  CHECK(error(said({{"images", -1.0}})) == "parameter 'images' of 'forge' is -1, not a whole number from 0 on");
  CHECK(error(said({{"metal", std::string("tin")}})) == "parameter 'metal' of 'forge' has no choice 'tin'");
}

TEST_CASE("Functions of the entry receive the struct, and those that are left out keep their usual answer") {
  CHECK(kind.cost(said({{"heat", 1.0}})).forward == 3);
  CHECK(kind.least_classes(said()) == 1);
  CHECK(kind.advice(said()).empty());
}

TEST_CASE("A change of members changes the settings that are bound to them, and no others") {
  const Settings before = said();

  const Settings after = forge().settings.changed(before, [](Forge& f) { f.blows *= 2; });

  Settings expected = before;
  expected.values["blows"] = 6.0;
  CHECK(after == expected);
}
