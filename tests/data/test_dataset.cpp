// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/data/dataset.hpp"

#include <doctest/doctest.h>

#include "data/files.hpp"
#include "espalier/core/sha256.hpp"

using namespace espalier;
using namespace espalier::data::test;

namespace {

std::vector<std::filesystem::path> only(const Folder& folder) { return {folder.path()}; }

std::string mistake_in(const Folder& folder, const std::string& name = "some") {
  const std::string loading = mistake([&] { data::load(name, only(folder)); });
  const std::string describing = mistake([&] { data::describe(name, only(folder)); });
  CHECK(loading == describing);
  return loading;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("A data set is loaded with its pixels, labels, classes and hash, plain or gzip") {
  for (const std::string ending : {"", ".gz"}) {
    const Folder folder;
    write_set(folder.path(), "some", ending);

    const data::Dataset dataset = data::load("some", only(folder));

    CHECK(dataset.name == "some");
    CHECK(dataset.train.count == 7);
    CHECK(dataset.test.count == 4);
    CHECK(dataset.test.height == 3);
    CHECK(dataset.test.width == 2);
    CHECK(dataset.classes == 3);
    REQUIRE(dataset.train.pixels.size() == 42);
    REQUIRE(dataset.test.pixels.size() == 24);
    CHECK(dataset.train.pixels[41] == 41);
    CHECK(dataset.test.pixels[23] == 123);
    CHECK(std::vector<int>(dataset.test.labels.begin(), dataset.test.labels.end()) == std::vector<int>{0, 1, 2, 0});
    CHECK(dataset.train.labels.size() == 7);
    CHECK(dataset.sha256 == core::sha256(images(7) + labels(7) + images(4, 100) + labels(4)));
  }
}

TEST_CASE("What describe() says is what load() gives") {
  for (const std::string ending : {"", ".gz"}) {
    const Folder folder;
    write_set(folder.path(), "some", ending);

    const data::DatasetShape shape = data::describe("some", only(folder));

    CHECK(shape.train_images == 7);
    CHECK(shape.test_images == 4);
    CHECK(shape.height == 3);
    CHECK(shape.width == 2);
    CHECK(shape.classes == 3);
  }
}

TEST_CASE("Pixels stay when the data set is copied and the first copy is gone") {
  const Folder folder;
  write_set(folder.path(), "some");
  data::ImageSet test;

  { test = data::load("some", only(folder)).test; }

  CHECK(test.pixels.back() == 123);
  CHECK(test.labels[2] == 2);
}

TEST_CASE("Roots are searched in the order --data, ESPALIER_DATA, the system's") {
  using Paths = std::vector<std::filesystem::path>;
  const Folder folder;
  const std::string b = folder.path().string();

  CHECK(data::data_roots("/a", b.c_str()) == Paths{"/a", b, "/usr/share/datasets"});
  CHECK(data::data_roots("", b.c_str()) == Paths{b, "/usr/share/datasets"});
  CHECK(data::data_roots("/a", nullptr) == Paths{"/a", "/usr/share/datasets"});
  CHECK(data::data_roots("", "") == Paths{"/usr/share/datasets"});
}

TEST_CASE("The first root that has the data set is taken, and in it a plain file before a gzip one") {
  const Folder first, second, third;
  write_set(second.path(), "some", ".gz");
  write(second.path() / "some" / "t10k-images-idx3-ubyte", images(4, 200));
  write_set(third.path(), "some");

  const std::vector<std::filesystem::path> roots{first.path(), second.path(), third.path()};
  const data::Dataset dataset = data::load("some", roots);

  CHECK(dataset.test.pixels[0] == 200);
}

TEST_CASE("A data set that is nowhere is refused with every folder that was searched and what to do") {
  const std::vector<std::filesystem::path> roots{"/nowhere", "/neither"};

  CHECK(mistake([&] { data::load("mnist", roots); }) ==
        "data set 'mnist' not found: there is no folder /nowhere/mnist or /neither/mnist; run experiments/fetch-mnist DIR and "
        "give --data DIR, or give "
        "the folder that contains 'mnist' with --data DIR or ESPALIER_DATA (available: synthetic)");
  CHECK(contains(mistake([&] { data::describe("fashion-mnist", roots); }), "install the Debian package dataset-fashion-mnist"));
  CHECK(contains(mistake([&] { data::load("other", roots); }),
                 "copy its files to that folder (IDX, CIFAR or .npz files, or folders of PNG files by class)"));
}

TEST_CASE("The message for an unknown data set lists those that the roots hold") {
  const Folder folder;
  write_set(folder.path(), "some");
  std::filesystem::create_directories(folder.path() / "no-data");

  CHECK(contains(mistake([&] { data::load("sum", std::vector<std::filesystem::path>{folder.path()}); }),
                 "(available: some, synthetic)"));
}

TEST_CASE("File names as other tools write them are found") {
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"-idx", ".idx"}, {"t10k-", "test-"}, {"-ubyte", "-UBYTE"}, {"", "emnist-letters-"}, {"", "Kuzushiji_"}}) {
    CAPTURE(to);
    const Folder folder;
    write_set(folder.path(), "some", ".gz");
    rename_files(folder.path() / "some", from, to);

    CHECK(data::load("some", std::vector<std::filesystem::path>{folder.path()}).train.count == 7);
  }
}

TEST_CASE("Of several sets in one folder the one without a prefix is taken, then the one called like the folder") {
  const Folder folder;
  const auto path = folder.path() / "emnist-letters";
  const std::vector<std::filesystem::path> roots{folder.path()};
  const auto add_set = [&](std::uint32_t training_images, const std::string& prefix) {
    write_set(folder.path(), "emnist-letters");
    write(path / "train-images-idx3-ubyte", images(training_images));
    write(path / "train-labels-idx1-ubyte", labels(training_images));
    rename_files(path, "", prefix, "t");
  };

  add_set(5, "emnist-digits-");
  add_set(6, "emnist-letters-");
  CHECK(data::load("emnist-letters", roots).train.count == 6);

  add_set(8, "");
  CHECK(data::load("emnist-letters", roots).train.count == 8);
}

TEST_CASE("Two complete sets with prefixes in one folder are refused with both prefixes") {
  const Folder folder;
  for (const std::string prefix : {"a-", "b-"}) {
    write_set(folder.path(), "some");
    rename_files(folder.path() / "some", "", prefix, "t");
  }

  CHECK(contains(mistake([&] { data::load("some", std::vector<std::filesystem::path>{folder.path()}); }),
                 "contains 2 data sets, with file names that start with a-, b-"));
}

TEST_CASE("A folder of the data set's name that is none is an error, not a reason to search on") {
  const Folder folder, next;
  write_set(next.path(), "some");
  std::filesystem::create_directories(folder.path() / "some");
  write(folder.path() / "some" / "notes.txt", "notes");
  const std::vector<std::filesystem::path> roots{folder.path(), next.path()};

  const std::string text = mistake([&] { data::load("some", roots); });

  CHECK(contains(text, (folder.path() / "some").string() + ": is not a data set; required: train-images-idx3-ubyte, "));
  CHECK(contains(text, "found: notes.txt"));
}

TEST_CASE("A variable that names no folder is a mistake") {
  CHECK(
      contains(mistake([] { data::data_roots("", "/nonexistent"); }), "ESPALIER_DATA is '/nonexistent', which is not a folder"));
}

TEST_CASE("Labels of QMNIST's form are the first of eight integers") {
  const Folder folder;
  write_set(folder.path(), "some");
  std::string rows = header(0x0C02, {7, 8});
  for (int i = 0; i < 7; ++i)
    for (int column = 0; column < 8; ++column) rows += std::string(3, '\0') + static_cast<char>(column == 0 ? i % 3 : 99);
  std::filesystem::remove(folder.path() / "some" / "train-labels-idx1-ubyte");
  write(folder.path() / "some" / "train-labels-idx2-int", rows);
  rename_files(folder.path() / "some", "", "qmnist-");
  const std::vector<std::filesystem::path> roots{folder.path()};

  const data::Dataset dataset = data::load("some", roots);

  CHECK(dataset.classes == 3);
  CHECK(std::vector<std::uint8_t>(dataset.train.labels.begin(), dataset.train.labels.end()) ==
        std::vector<std::uint8_t>{0, 1, 2, 0, 1, 2, 0});
  CHECK(data::describe("some", roots).classes == 3);
}

TEST_CASE("An integer label beyond a byte is refused with its place") {
  const Folder folder;
  write_set(folder.path(), "some");
  std::filesystem::remove(folder.path() / "some" / "train-labels-idx1-ubyte");
  std::string numbers = header(0x0C01, {7});
  for (int i = 0; i < 7; ++i) numbers += i == 5 ? std::string("\xFF\xFF\xFF\xFE") : std::string(4, '\0');
  write(folder.path() / "some" / "train-labels-idx2-int", numbers);

  CHECK(contains(mistake_in(folder), "label 5 is -2, allowed are 0 to 255"));
}

TEST_CASE("The shape lists the classes that no training image has") {
  const Folder folder;
  write_set(folder.path(), "some");
  std::string bytes = labels(4);
  bytes.back() = '\6';  // a test label
  write(folder.path() / "some" / "t10k-labels-idx1-ubyte", bytes);

  const data::DatasetShape shape = data::describe("some", std::vector<std::filesystem::path>{folder.path()});

  CHECK(shape.classes == 7);
  CHECK(shape.unseen == std::vector<int>{3, 4, 5, 6});
  CHECK(data::text_of("some", shape) ==
        "some: 7 training and 4 test images of 3 x 2, 7 classes, from " + (folder.path() / "some").string());
}

TEST_CASE("A name that is no folder name is refused") {
  for (const std::string name : {"", "..", "a/b", "/etc", ".hidden"})
    CHECK(contains(mistake([&] { data::load(name, {}); }), "is not a valid data set name"));
}

TEST_CASE("A data set that lacks files is refused with their names, and not taken from the next root") {
  const Folder folder, next;
  write_set(folder.path(), "some", ".gz");
  write_set(next.path(), "some");
  std::filesystem::remove(folder.path() / "some" / "t10k-labels-idx1-ubyte.gz");
  const std::vector<std::filesystem::path> roots{folder.path(), next.path()};

  CHECK(mistake([&] { data::load("some", roots); }) ==
        (folder.path() / "some").string() +
            ": lacks t10k-labels-idx1-ubyte; required: train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, "
            "t10k-labels-idx1-ubyte (each plain or .gz), found: t10k-images-idx3-ubyte.gz, train-images-idx3-ubyte.gz, "
            "train-labels-idx1-ubyte.gz; copy the data set again, or rename the folder");
}

TEST_CASE("Images and labels of different counts are refused with both counts and files") {
  const Folder folder;
  write_set(folder.path(), "some");
  write(folder.path() / "some" / "train-labels-idx1-ubyte", labels(6));

  const std::string text = mistake_in(folder);

  CHECK(contains(text, "train-images-idx3-ubyte: has 7 images"));
  CHECK(contains(text, "train-labels-idx1-ubyte has 6 labels"));
}

TEST_CASE("Training and test images of different shapes are refused, also when they have equally many pixels") {
  const Folder folder;
  write_set(folder.path(), "some");
  write(folder.path() / "some" / "t10k-images-idx3-ubyte", images(4, 0, 2, 3));

  CHECK(contains(mistake_in(folder), "images of 3 x 2, but"));
}

TEST_CASE("A damaged file of a data set is refused with its path") {
  const Folder folder;
  write_set(folder.path(), "some", ".gz");
  write(folder.path() / "some" / "train-images-idx3-ubyte.gz", gzip(images(7)).substr(0, 40));

  CHECK(mistake_in(folder).starts_with((folder.path() / "some" / "train-images-idx3-ubyte.gz").string() + ": "));
}

TEST_CASE("There are at least two classes, and as many as the largest label of either part says") {
  const Folder folder;
  write_set(folder.path(), "some");
  write(folder.path() / "some" / "train-labels-idx1-ubyte", header(0x801, {7}) + std::string(7, '\0'));
  write(folder.path() / "some" / "t10k-labels-idx1-ubyte", header(0x801, {4}) + std::string(4, '\0'));

  CHECK(data::load("some", only(folder)).classes == 2);
  CHECK(data::describe("some", only(folder)).classes == 2);
  write(folder.path() / "some" / "t10k-labels-idx1-ubyte", header(0x801, {4}) + std::string(4, '\xff'));
  CHECK(data::load("some", only(folder)).classes == 256);
}
