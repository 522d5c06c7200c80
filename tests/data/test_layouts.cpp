// SPDX-License-Identifier: BSD-3-Clause
#include <bit>

#include "data/setting.hpp"
#include "espalier/core/sha256.hpp"

using namespace espalier;
using namespace espalier::data::test;
namespace fs = std::filesystem;

namespace {

const std::string grey_content = images(7) + labels(7) + images(4, 100) + labels(4);

void write_cifar10(const fs::path& folder) {
  for (int batch = 1; batch <= 5; ++batch)
    write(folder / ("data_batch_" + std::to_string(batch) + ".bin"),
          cifar({std::string(1, static_cast<char>(batch)), {"\0", 1}}));
  write(folder / "test_batch.bin", cifar({"\7"}));
}

}  // namespace

TEST_CASE("The same grey images have the same hash as IDX files, in torchvision's folder, as .npz in its folder or beside it") {
  const auto check = [](const Setting& setting, const fs::path& place) {
    const data::Dataset dataset = setting.load();
    const data::DatasetShape shape = setting.describe();

    CHECK(dataset.sha256 == core::sha256(grey_content));
    CHECK(dataset.train.channels == 1);
    CHECK(shape.channels == 1);
    CHECK(shape.height == 3);
    CHECK(shape.width == 2);
    CHECK(shape.train_images == 7);
    CHECK(shape.test_images == 4);
    CHECK(shape.classes == 3);
    CHECK(shape.folder == place);
  };
  const Setting idx, raw, stored, deflated;
  write_set(idx.root, "some");
  write_set(raw.some, "raw", ".gz");
  write(stored.some / "any.npz", zip(npz_members(), false));
  write(deflated.root / "some.npz", zip(npz_members("1, 3, 2"), true));

  check(idx, idx.some);
  check(raw, raw.some / "raw");
  check(stored, stored.some / "any.npz");
  check(deflated, deflated.root / "some.npz");
}

TEST_CASE("IDX files of 32-bit integers and of floats in either range are the bytes that they state") {
  const auto pixels = [](auto bits_of) {
    std::string bytes;
    for (int i = 0; i < 42; ++i) bytes += header(bits_of(i), {});
    return bytes;
  };
  const auto bits = [](float x) { return std::bit_cast<std::uint32_t>(x); };
  const std::vector<std::string> files{
      header(0xC03, {7, 3, 2}) + pixels([](int i) { return static_cast<std::uint32_t>(i); }),
      header(0xD03, {7, 3, 2}) + pixels([&](int i) { return bits(static_cast<float>(i)); }),
      header(0xD03, {7, 3, 2}) + pixels([&](int i) { return bits(static_cast<float>(i) / 255); }),
      header(0xD04, {7, 1, 3, 2}) + pixels([&](int i) { return bits(static_cast<float>(i) / 255); }),
      header(0x804, {7, 1, 3, 2}) + counting(42)};
  for (const std::string& file : files) {
    const Setting setting;
    write_set(setting.root, "some");
    fs::remove(setting.some / "train-images-idx3-ubyte");
    write(setting.some / "train-images.idx4-float.gz", gzip(file));

    CHECK(setting.load().sha256 == core::sha256(grey_content));
    CHECK(setting.describe().width == 2);
  }
}

TEST_CASE("A pixel of an IDX file that is not a byte is refused with its place, the allowed values and its own") {
  const auto text = [](std::uint32_t type, std::uint32_t bits) {
    const Setting setting;
    write_set(setting.root, "some");
    fs::remove(setting.some / "train-images-idx3-ubyte");
    std::string file = header(type, {7, 3, 2});
    for (int i = 0; i < 42; ++i) file += header(i == 9 ? bits : 0, {});
    write(setting.some / "train-images-idx3-int", file);
    const std::string said = setting.mistake_in_load();
    CHECK(said.starts_with((setting.some / "train-images-idx3-int").string() + ": byte 52: a pixel of image 1 is "));
    return said;
  };

  CHECK(contains(text(0xC03, 256), "is 256, allowed are 0 to 255"));
  CHECK(contains(text(0xC03, 0xFFFFFFFF), "is -1, allowed"));
  CHECK(contains(text(0xD03, 0x3F000000),
                 "is 0.5, allowed are the whole numbers 0 to 255, or in all of the file multiples of 1/255"));
  CHECK(contains(text(0xD03, 0x40200000), "is 2.5, "));
  CHECK(contains(text(0xD03, 0xBF800000), "is -1, "));
  CHECK(contains(text(0xD03, 0x7FC00000), "is nan, "));
  CHECK(contains(text(0xD03, 0x7F800000), "is inf, "));
}

TEST_CASE("CIFAR-10 is read with its training batches in their order, planes as they are in the files") {
  const Setting setting;
  write_cifar10(setting.some);

  const data::Dataset dataset = setting.load();
  const data::DatasetShape shape = setting.describe();

  CHECK(numbers(dataset.train.labels) == std::vector<int>{1, 0, 2, 0, 3, 0, 4, 0, 5, 0});
  CHECK(numbers(dataset.test.labels) == std::vector<int>{7});
  CHECK(dataset.train.channels == 3);
  CHECK(dataset.train.height == 32);
  CHECK(dataset.train.size() == 3072);
  REQUIRE(dataset.train.pixels.size() == 10 * 3072);
  CHECK(dataset.train.pixels[3072 + 1024] == 1);
  CHECK(dataset.classes == 8);
  CHECK(shape.channels == 3);
  CHECK(shape.train_images == 10);
  CHECK(shape.unseen == std::vector<int>{6, 7});
  CHECK(data::text_of("some", shape) ==
        "some: 10 training and 1 test colour images of 32 x 32, 8 classes, from " + setting.some.string());
}

TEST_CASE("CIFAR-100 is read with its fine labels") {
  const Setting setting;
  write(setting.some / "train.bin", cifar({"\1\x63", {"\0\4", 2}}));
  write(setting.some / "test.bin", cifar({"\x13\5"}));

  const data::Dataset dataset = setting.load();

  CHECK(numbers(dataset.train.labels) == std::vector<int>{99, 4});
  CHECK(numbers(dataset.test.labels) == std::vector<int>{5});
  CHECK(dataset.train.pixels[3072] == 1);
  CHECK(dataset.classes == 100);
}

TEST_CASE("Wrong CIFAR files are refused with the file, the byte, what is allowed and what was found") {
  const auto text = [](const std::string& file, const std::string& bytes) {
    const Setting setting;
    write_cifar10(setting.some);
    write(setting.some / file, bytes);
    const std::string said = setting.mistake_in_both();
    CHECK(said.starts_with((setting.some / file).string() + ": "));
    return said;
  };

  CHECK(contains(text("data_batch_3.bin", cifar({"\1", "\x0a"})), "byte 3073: the label of image 1 is 10, allowed are 0 to 9"));
  CHECK(contains(text("test_batch.bin", cifar({"\1"}) + "x"), "has 3074 bytes, allowed are multiples of 3073"));
  CHECK(contains(text("test_batch.bin", ""), "is empty or cannot be read"));
  const Setting setting;
  write(setting.some / "train.bin", cifar({"\x14\1"}));
  write(setting.some / "test.bin", cifar({"\1\1"}));
  CHECK(contains(setting.mistake_in_both(), "train.bin: byte 0: the coarse label of image 0 is 20, allowed are 0 to 19"));
  write(setting.some / "train.bin", cifar({"\1\x64"}));
  CHECK(contains(setting.mistake_in_both(), "train.bin: byte 1: the label of image 0 is 100, allowed are 0 to 99"));
}

TEST_CASE("A part of a data set is refused with the names that are required and those that were found") {
  const Setting cifar10, cifar100, classes, archives;
  write_cifar10(cifar10.some);
  fs::remove(cifar10.some / "data_batch_2.bin");
  write(cifar100.some / "test.bin", cifar({"\1\1"}));
  write_png_set(classes.some);
  fs::remove_all(classes.some / "test");
  for (const char* file : {"a.npz", "b.npz"}) write(archives.some / file, zip(npz_members(), true));

  CHECK(cifar10.mistake_in_both() ==
        cifar10.some.string() +
            ": lacks data_batch_2.bin; required: data_batch_1.bin to data_batch_5.bin, test_batch.bin, found: "
            "data_batch_1.bin, data_batch_3.bin, data_batch_4.bin, data_batch_5.bin, test_batch.bin; copy the "
            "data set again, or rename the folder");
  CHECK(contains(cifar100.mistake_in_both(), "lacks train.bin; required: train.bin, test.bin, found: test.bin"));
  CHECK(contains(classes.mistake_in_both(), "lacks test/; required: train/CLASS/*.png and test/CLASS/*.png, found: train/"));
  CHECK(contains(archives.mistake_in_both(), "contains 2 .npz files: a.npz, b.npz; keep one, or call the right one some.npz"));
}

TEST_CASE("Files of several layouts are refused with the names of each") {
  const Setting both, twice, beside;
  write_set(both.root, "some");
  write(both.some / "test_batch.bin", cifar({"\1"}));
  write_set(twice.root, "some");
  write_set(twice.some, "raw");
  write_set(beside.root, "some");
  write(beside.root / "some.npz", zip(npz_members(), true));

  CHECK(both.mistake_in_both() ==
        both.some.string() +
            ": contains files of 2 layouts of data sets: IDX files (t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte, "
            "train-images-idx3-ubyte, train-labels-idx1-ubyte) and CIFAR-10 files (test_batch.bin); keep those of "
            "one layout");
  CHECK(contains(twice.mistake_in_both(), "IDX files (raw/t10k-images-idx3-ubyte, raw/"));
  CHECK(contains(beside.mistake_in_both(), "data set 'some' is there twice: " + beside.some.string() + " and "));
}

TEST_CASE("The cache holds every layout, and the names of classes are part of its key") {
  const Setting setting;
  write_png_set(setting.some);
  const fs::path cache = setting.folder.path() / "cache";
  const auto load = [&] { return data::load("some", std::vector{setting.root}, cache); };

  const std::string hash = load().sha256;
  CHECK(hash == setting.load().sha256);
  CHECK(load().sha256 == hash);
  fs::rename(setting.some / "train" / "c" / "2.png", setting.some / "train" / "b" / "9.png");
  CHECK(numbers(load().train.labels) == std::vector<int>{0, 0, 0, 1, 1, 1, 2});
}
